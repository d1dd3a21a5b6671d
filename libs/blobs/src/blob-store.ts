import type { Readable } from 'node:stream';

export type BlobEntry = { readonly key: string; readonly sizeBytes: number };

/**
 * Where bytes lie that are too large for the database. Keys are parts of letters, digits, `.`, `_` and `-`, joined by
 * slashes, each of which may begin with `@`; one that is no such key is a defect of the caller (IA_BLOB_KEY). A key whose
 * last part is a SHA-256 in hex promises its content.
 */
export type BlobStore = {
  /**
   * Stores the bytes under the key, all or nothing: once it resolves they outlive a crash, and until then nobody reads
   * them. Whatever stood there is replaced.
   *
   * @throws PlatformError IA_BLOB_NO_SPACE or IA_BLOB_UNAVAILABLE, which may pass
   */
  put(key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * The bytes under the key; undefined when there are none.
   *
   * @throws PlatformError IA_BLOB_CORRUPT when they are not what the key promises
   */
  get(key: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** How many bytes lie under the key, without reading them; undefined when there are none. */
  sizeOf(key: string): Promise<number | undefined>;
  /** Every key below a prefix (`a/b/c` of `a/b`, never `a/bc`), as they are met: what comes and goes meanwhile may be missed. */
  list(prefix: string): AsyncIterable<BlobEntry>;
  /** Deletes the key itself and every key below it (`a/b` and `a/b/c`, never `a/bc`); what is not there is deleted. */
  delete(prefix: string): Promise<void>;
};

/** Bytes as they were under a key at one moment. The revision is another one after every put. */
export type BlobRevision = { readonly bytes: Uint8Array; readonly revision: string };

export type BlobStream = { readonly sizeBytes: number; readonly body: Readable };

/** A store for documents that change, and for bytes that are too many to hold in memory. */
export type DocumentStore = BlobStore & {
  /** As `get`, with the revision to put by. */
  read(key: string): Promise<BlobRevision | undefined>;
  /** Tells whether something changed, without reading it; undefined when nothing lies there. */
  revisionOf(key: string): Promise<string | undefined>;
  /**
   * As `put`, if what lies under the key has this revision still; undefined: if nothing lies there. A folder does not
   * hold off other processes between its look and its write: writers there take turns by other means.
   *
   * @throws PlatformError IA_BLOB_CHANGED when somebody else was there in between
   */
  putIf(key: string, bytes: Uint8Array, revision: string | undefined): Promise<void>;
  /** The bytes under the key piece by piece, unchecked; undefined when there are none. Whoever asks has to read or destroy them. */
  open(key: string): Promise<BlobStream | undefined>;
  /** The next parts of all keys below a prefix, or of all keys: `b` for `a/b/c` below `a`. */
  names(prefix?: string): Promise<readonly string[]>;
};
