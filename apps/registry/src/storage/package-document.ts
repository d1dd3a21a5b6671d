import { randomBytes } from 'node:crypto';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { VersionSignature } from '@ia-modules/plugin-signatures';
import { z } from 'zod';
import { tarballFilename } from '../access/package-name.ts';
import type { AcceptedVersion } from '../gate/publish-gate.ts';

/** Everyone who installs a package fetches its document, and `npm deprecate` sends it back. */
const MAX_DOCUMENT_BYTES = 12 * 1024 * 1024;
const MAX_TAGS = 100;

const REVISION = /^\d{1,9}/;

const versionSchema = z.looseObject({
  dist: z.looseObject({ integrity: z.string() }),
  deprecated: z.string().optional(),
});

const documentSchema = z.looseObject({
  name: z.string(),
  versions: z.record(z.string(), versionSchema),
  'dist-tags': z.record(z.string(), z.string()),
  time: z.record(z.string(), z.string()).default({}),
});

/** All that is stored of a package apart from its tarballs, in the shape that npm clients read. */
export type PackageDocument = z.infer<typeof documentSchema>;

/**
 * Reads a stored document; null for an empty one, which an older registry left when it was killed.
 *
 * @throws PlatformError IA_BLOB_CORRUPT
 */
export function parsePackageDocument(name: string, bytes: Uint8Array): PackageDocument | null {
  if (bytes.byteLength === 0) return null;
  try {
    return documentSchema.parse(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()));
  } catch (error) {
    throw new PlatformError({
      code: 'IA_BLOB_CORRUPT',
      message: `The stored document of ${name} is damaged.`,
      hint: 'Restore package.json of this package from a copy of the storage; its tarballs lie beside it.',
      fault: 'infra',
      cause: error,
    });
  }
}

export function formatPackageDocument(document: PackageDocument): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

/**
 * Keeps an author from making a document grow without end, by what versions say of themselves or by tags.
 *
 * @throws {PlatformError} IA_REGISTRY_PACKAGE
 */
function bounded(document: PackageDocument): PackageDocument {
  const tags = Object.keys(document['dist-tags']).filter((tag) => tag !== 'latest');
  if (tags.length > MAX_TAGS)
    throw tooMuch(`A package has at most ${MAX_TAGS} tags.`, 'Remove some with `npm dist-tag rm`.');
  if (formatPackageDocument(document).byteLength <= MAX_DOCUMENT_BYTES) return document;
  const message = `What the versions of ${document.name} say of themselves is larger than ${MAX_DOCUMENT_BYTES} bytes in all.`;
  throw tooMuch(message, 'Go on under another name, with a smaller package.json.');
}

function tooMuch(message: string, hint: string): PlatformError {
  return new PlatformError({ code: 'IA_REGISTRY_PACKAGE', message, hint });
}

/** The document with one more version, which its tags point to. */
export function withVersion(stored: PackageDocument | null, accepted: AcceptedVersion): PackageDocument {
  const { name, version, entry } = accepted;
  const { readme, ...document } = accepted.document;
  const before = stored ?? { name: name.full, versions: {}, 'dist-tags': {}, time: {} };
  const now = new Date().toISOString();
  const tags = Object.fromEntries(entry.tags.map((tag) => [tag, version]));
  const after = nextRevision({
    ...before,
    _id: name.full,
    readme,
    versions: { ...before.versions, [version]: versionSchema.parse(document) },
    'dist-tags': { ...before['dist-tags'], ...tags },
    time: { created: now, ...before.time, modified: now, [version]: now },
    // What other software that reads this folder knows a tarball of ours by.
    _attachments: { ...recordOf(before['_attachments']), [tarballFilename(name, version)]: { version } },
  });
  return bounded(after);
}

/** The document with tags moved, or removed where the version is null. */
export function withTags(
  document: PackageDocument,
  tags: Readonly<Record<string, string | null>>,
): PackageDocument | null {
  const before = document['dist-tags'];
  const merged = Object.entries({ ...before, ...tags }).filter((tag): tag is [string, string] => tag[1] !== null);
  const isSame = merged.length === Object.keys(before).length && merged.every(([tag, to]) => before[tag] === to);
  if (isSame) return null;
  const after = nextRevision({ ...document, 'dist-tags': Object.fromEntries(merged) });
  return merged.length > Object.keys(before).length ? bounded(after) : after;
}

/** The document with the notice of each named version set, or cleared where it is empty. Null: nothing changes. */
export function withDeprecations(
  document: PackageDocument,
  notices: ReadonlyMap<string, string>,
): PackageDocument | null {
  const versions = { ...document.versions };
  let isChanged = false;
  for (const [version, notice] of notices) {
    const before = versions[version];
    if (before === undefined || (before.deprecated ?? '') === notice) continue;
    const { deprecated: _deprecated, ...rest } = before;
    versions[version] = notice === '' ? rest : { ...rest, deprecated: notice };
    isChanged = true;
  }
  if (!isChanged) return null;
  return nextRevision({
    ...document,
    versions,
    time: { ...document.time, modified: new Date().toISOString() },
  });
}

/** The document with other signatures on a version. Null: there is no such version. */
export function withSignatures(
  document: PackageDocument,
  version: string,
  signatures: readonly VersionSignature[],
): PackageDocument | null {
  const before = document.versions[version];
  if (before === undefined) return null;
  const signed = { ...before, dist: { ...before.dist, signatures } };
  return nextRevision({ ...document, versions: { ...document.versions, [version]: signed } });
}

/** npm sends the revision back as it got it; it says no more than that something changed. */
function nextRevision(document: PackageDocument): PackageDocument {
  const count = REVISION.exec(typeof document['_rev'] === 'string' ? document['_rev'] : '')?.[0] ?? '0';
  return { ...document, _rev: `${Number(count) + 1}-${randomBytes(8).toString('hex')}` };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).catch({}).parse(value);
}
