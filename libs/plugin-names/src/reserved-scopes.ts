import { readsLike, skeletonOf } from './reads-like.ts';

/** Scopes of the registry that no tenant may have, nor one that reads like them. */
const RESERVED_SCOPES = ['community', 'ia-modules'] as const;

/** Words that speak for the platform. */
const RESERVED_WORDS: ReadonlySet<string> = new Set(
  ['admin', 'npm', 'official', 'platform', 'registry', 'support', 'system', 'verified'].map(skeletonOf),
);

/** The reserved scope, or the word, that a tenant's slug would be taken for; undefined when there is none. */
export function reservedLikenessOf(slug: string): string | undefined {
  const scope = RESERVED_SCOPES.find((reserved) => readsLike(slug, reserved));
  return scope ?? (RESERVED_WORDS.has(skeletonOf(slug)) ? slug : undefined);
}
