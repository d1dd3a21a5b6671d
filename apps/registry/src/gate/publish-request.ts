import semver from 'semver';
import { z } from 'zod';
import { type PackageName, parsePackageName, tarballFilename } from '../access/package-name.ts';
import { type Checked, accepted, refused } from '../problem.ts';

/** What `npm publish` asks for. Only the tarball's own package.json decides what is stored. */
export type PublishRequest = Readonly<{
  name: PackageName;
  version: string;
  tags: readonly string[];
  tarball: Buffer;
  claimedIntegrity: string;
}>;

const TAG = /^[a-z][a-z0-9._-]{0,63}$/i;

/** Long attachments are decoded while the body is read. */
const attachmentSchema = z.union([z.base64().transform((text) => Buffer.from(text, 'base64')), z.instanceof(Buffer)]);

const bodySchema = z.object({
  name: z.string(),
  'dist-tags': z.record(z.string(), z.string()).default({}),
  versions: z.record(
    z.string(),
    z.object({ name: z.string(), version: z.string(), dist: z.object({ integrity: z.string() }) }),
  ),
  _attachments: z.record(z.string(), z.object({ data: attachmentSchema, length: z.number() })),
});

/** Reads the body of a publish request and checks that it speaks of one version only. */
export function parsePublishRequest(pathName: string, body: unknown): Checked<PublishRequest> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { name: bodyName, versions, _attachments: attachments, 'dist-tags': distTags } = parsed.data;
  const [[version, metadata] = [], ...otherVersions] = Object.entries(versions);
  const [[filename, attachment] = [], ...otherAttachments] = Object.entries(attachments);
  if (version === undefined || metadata === undefined || otherVersions.length > 0)
    return invalid('It must hold one version.');
  if (filename === undefined || attachment === undefined || otherAttachments.length > 0) {
    return invalid('It must hold one tarball.', 'Publish without provenance: npm publish --no-provenance.');
  }
  const name = parsePackageName(pathName);
  if (name === null || bodyName !== pathName || metadata.name !== pathName) return invalid('Its names differ.');
  if (metadata.version !== version || semver.valid(version) !== version)
    return invalid('Its versions differ or are no semver.');
  if (filename.split('/').at(-1) !== tarballFilename(name, version)) return invalid('The tarball has another name.');
  const tags = Object.keys(distTags);
  if (!tags.every((tag) => isValidTag(tag) && distTags[tag] === version))
    return invalid('Its tags name another version.');

  const { data: tarball } = attachment;
  if (tarball.length !== attachment.length) return invalid('The tarball is not as long as the request says.');
  return accepted({ name, version, tags, tarball, claimedIntegrity: metadata.dist.integrity });
}

/** A tag that reads as a version or a range would hide that version. */
export function isValidTag(tag: string): boolean {
  return TAG.test(tag) && semver.validRange(tag) === null;
}

function invalid(reason: string, hint?: string): Checked<never> {
  return refused({ code: 'IA_REGISTRY_REQUEST', message: `The publish request is not valid. ${reason}`, hint });
}
