import { z } from 'zod';
import { type Notice, parseNotice, withoutAdvisories } from './notice.ts';
import type { PackageDocument } from '../storage/package-document.ts';
import { type Checked, accepted, refused } from '../problem.ts';

const MAX_NOTICE_LENGTH = 1024;

const bodySchema = z.object({
  versions: z.record(
    z.string(),
    z.object({
      dist: z.object({ integrity: z.string() }),
      deprecated: z.string().optional(),
    }),
  ),
});

/**
 * Reads the whole package that `npm deprecate` sends back, and returns the notices that it changes (null: cleared).
 * Refuses it when a version of those that were served was added, dropped or changed otherwise, which is how `npm unpublish`
 * would remove one. Whatever else the body says is left unread.
 */
export function readDeprecations(served: PackageDocument, body: unknown): Checked<ReadonlyMap<string, Notice | null>> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    return refused({
      code: 'IA_REGISTRY_REQUEST',
      message: `The request neither publishes nor deprecates. ${z.prettifyError(parsed.error)}`,
    });
  }
  const sent = parsed.data.versions;
  const versions = Object.keys(served.versions);
  const isSame = (version: string) => sent[version]?.dist.integrity === served.versions[version]?.dist.integrity;
  if (Object.keys(sent).length !== versions.length || !versions.every(isSame)) {
    return refused({
      code: 'IA_REGISTRY_IMMUTABLE',
      message: 'Published versions are never changed or removed.',
      hint: 'Deprecate the version with `npm deprecate`, or publish a new one.',
    });
  }
  const texts = versions.map((version) => [version, ownText(sent[version]?.deprecated)] as const);
  if (texts.some(([, text]) => text.length > MAX_NOTICE_LENGTH)) {
    return refused({ code: 'IA_REGISTRY_REQUEST', message: `A notice has at most ${MAX_NOTICE_LENGTH} characters.` });
  }
  const changed = texts.filter(([version, text]) => text !== ownText(served.versions[version]?.deprecated));
  return accepted(new Map(changed.map(([version, text]) => [version, parseNotice(text)])));
}

function ownText(deprecated: string | undefined): string {
  return withoutAdvisories(deprecated ?? '');
}
