export type BlobEntry = { readonly key: string; readonly sizeBytes: number };

/**
 * Where bytes lie that are too large for the database. Keys are parts of letters, digits, `.`, `_` and `-`, joined by
 * slashes; one that is no such key is a defect of the caller (IA_BLOB_KEY). A key whose last part is a SHA-256 in hex
 * promises its content.
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
