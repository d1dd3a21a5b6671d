import type { BlobStream, DocumentStore } from '@ia-modules/blobs';
import type { VersionSignature } from '@ia-modules/plugin-signatures';
import { createDocumentCache } from './document-cache.ts';
import {
  type PackageDocument,
  formatPackageDocument,
  parsePackageDocument,
  withDeprecations,
  withSignatures,
  withTags,
  withVersion,
} from './package-document.ts';
import { type PackageName, tarballFilename } from '../access/package-name.ts';
import type { AcceptedVersion } from '../gate/publish-gate.ts';

export type StoredPackage = PackageDocument;

/**
 * Packages in a folder or in S3-compatible storage: of each a document and its tarballs. A version is there once the
 * document names it, and every change is one document put in place of another. Writers of one package take turns by
 * the package lock; where the storage can, it refuses who did not.
 */
export type PackageStore = Readonly<{
  /** What is stored now. */
  read(name: PackageName): Promise<PackageDocument | null>;
  /** What is stored now, kept in memory while it does not change: for reading alone. */
  readCached(name: PackageName): Promise<PackageDocument | null>;
  /** Another one after every change; undefined when nothing is stored. */
  revisionOf(name: PackageName): Promise<string | undefined>;
  openTarball(name: PackageName, filename: string): Promise<BlobStream | undefined>;
  /** Stores a version and the tags that it was published with. Gives up before it names the version when the signal says so. */
  add(accepted: AcceptedVersion, signal?: AbortSignal): Promise<void>;
  /** Moves tags, or removes them where the version is null. */
  setTags(name: PackageName, tags: Readonly<Record<string, string | null>>): Promise<void>;
  /** Sets or, with an empty string, clears the notice of each named version. */
  setDeprecations(name: PackageName, notices: ReadonlyMap<string, string>): Promise<void>;
  setSignatures(name: PackageName, version: string, signatures: readonly VersionSignature[]): Promise<void>;
  /** Removes what a publish left behind that did not get as far as naming the version. */
  discardRemains(name: PackageName, version: string): Promise<void>;
  /** The scopes that hold packages, without their `@`. */
  scopes(): Promise<readonly string[]>;
  removeScope(scope: string): Promise<void>;
}>;

type Change = (stored: PackageDocument | null) => PackageDocument | null;

/** Stores packages as `@scope/name/package.json` and tarballs beside it. */
export function createPackageStore(blobs: DocumentStore): PackageStore {
  const documentKey = (name: PackageName) => `${name.full}/package.json`;
  const tarballKey = (name: PackageName, filename: string) => `${name.full}/${filename}`;

  async function readStored(name: PackageName) {
    const found = await blobs.read(documentKey(name));
    if (found === undefined) return { document: null, revision: undefined, sizeBytes: 0 };
    const document = parsePackageDocument(name.full, found.bytes);
    return { document, revision: found.revision, sizeBytes: found.bytes.byteLength };
  }

  async function change(name: PackageName, apply: Change, signal?: AbortSignal): Promise<void> {
    const { document, revision } = await readStored(name);
    const changed = apply(document);
    signal?.throwIfAborted();
    if (changed !== null) await blobs.putIf(documentKey(name), formatPackageDocument(changed), revision);
  }

  const revisionOf = (name: PackageName) => blobs.revisionOf(documentKey(name));
  const cache = createDocumentCache(revisionOf, readStored);
  return {
    read: async (name) => (await readStored(name)).document,
    readCached: (name) => cache(name),
    revisionOf,
    openTarball: (name, filename) => blobs.open(tarballKey(name, filename)),
    add: async (accepted, signal) => {
      const { name, version, tarball } = accepted;
      await blobs.put(tarballKey(name, tarballFilename(name, version)), tarball, signal);
      await change(name, (stored) => withVersion(stored, accepted), signal);
    },
    setTags: (name, tags) => change(name, (stored) => stored && withTags(stored, tags)),
    setDeprecations: (name, notices) => change(name, (stored) => stored && withDeprecations(stored, notices)),
    setSignatures: (name, version, signatures) =>
      change(name, (stored) => stored && withSignatures(stored, version, signatures)),
    discardRemains: (name, version) => blobs.delete(tarballKey(name, tarballFilename(name, version))),
    scopes: async () => (await blobs.names()).filter((name) => name.startsWith('@')).map((name) => name.slice(1)),
    removeScope: (scope) => blobs.delete(`@${scope}`),
  };
}
