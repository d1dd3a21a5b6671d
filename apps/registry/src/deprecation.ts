import { z } from 'zod';
import type { StoredPackage } from './package-store.ts';
import { type Checked, accepted, refused } from './problem.ts';

const MAX_NOTICE_LENGTH = 1024;

const bodySchema = z.object({
  versions: z.record(
    z.string(),
    z.object({
      dist: z.object({ integrity: z.string() }),
      deprecated: z.string().max(MAX_NOTICE_LENGTH).optional(),
    }),
  ),
});

/**
 * Reads the whole package that `npm deprecate` sends back, and returns the notices that it changes (empty: cleared).
 * Refuses it when a version was added, dropped or changed otherwise, which is how `npm unpublish` would remove one.
 */
export function readDeprecations(stored: StoredPackage, body: unknown): Checked<ReadonlyMap<string, string>> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    return refused({
      code: 'IA_REGISTRY_REQUEST',
      message: `The request neither publishes nor deprecates. ${z.prettifyError(parsed.error)}`,
    });
  }
  const sent = parsed.data.versions;
  const versions = Object.keys(stored.versions);
  const isSame = (version: string) => sent[version]?.dist.integrity === stored.versions[version]?.dist.integrity;
  if (Object.keys(sent).length !== versions.length || !versions.every(isSame)) {
    return refused({
      code: 'IA_REGISTRY_IMMUTABLE',
      message: 'Published versions are never changed or removed.',
      hint: 'Deprecate the version with `npm deprecate`, or publish a new one.',
    });
  }
  const notices = versions.map((version) => [version, sent[version]?.deprecated ?? ''] as const);
  return accepted(
    new Map(notices.filter(([version, notice]) => notice !== (stored.versions[version]?.deprecated ?? ''))),
  );
}
