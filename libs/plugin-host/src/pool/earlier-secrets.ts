import { createScrub, type Scrub } from '../scrub.ts';

const MAX_KEPT = 100;
const known = new WeakMap<object, Set<string>>();

/** Hides the values that earlier calls of the process were given as well: its plugin may have kept them. */
export const withEarlierSecrets = (process: object, own: readonly string[], scrub: Scrub): Scrub => {
  const kept = known.get(process) ?? new Set<string>();
  known.set(process, kept);
  const earlier = [...kept].filter((secret) => !own.includes(secret));
  for (const secret of own) {
    kept.delete(secret);
    kept.add(secret);
  }
  for (const secret of kept) if (kept.size > MAX_KEPT) kept.delete(secret);
  if (earlier.length === 0) return scrub;
  const scrubEarlier = createScrub(earlier, {});
  return (text) => scrub(scrubEarlier(text));
};
