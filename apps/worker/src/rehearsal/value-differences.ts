import type { Json, JsonObject } from '@ia-modules/engine';

/** One place where two values differ. */
export type ValueDifference = {
  /** JSON pointer (RFC 6901); empty for the whole. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: Json;
  readonly after?: Json;
};

type Visit = (difference: ValueDifference, parent: string) => void;

/**
 * Tells of each place where two values differ, in order. Numbers of equal value are equal, and in which order keys stand makes no
 * difference. Plugins give what they like: only a value's own keys count, and nothing is collected here.
 */
const visitDifferences = (before: Json, after: Json, visit: Visit): void => {
  const compare = (path: string, parent: string, old: Json, now: Json): void => {
    if (old === now) return;
    const kind = containerKind(old);
    if (kind === null || kind !== containerKind(now)) {
      visit({ path, kind: 'changed', before: old, after: now }, parent);
      return;
    }
    const [was, is] = [old as JsonObject, now as JsonObject];
    for (const key of Object.keys(was)) {
      const place = `${path}/${escapeKey(key)}`;
      if (Object.hasOwn(is, key)) compare(place, path, was[key] ?? null, is[key] ?? null);
      else visit({ path: place, kind: 'removed', before: was[key] ?? null }, path);
    }
    for (const key of Object.keys(is)) {
      if (Object.hasOwn(was, key)) continue;
      visit({ path: `${path}/${escapeKey(key)}`, kind: 'added', after: is[key] ?? null }, path);
    }
  };
  compare('', '', before, after);
};

const containerKind = (value: Json): 'list' | 'object' | null => {
  if (typeof value !== 'object' || value === null) return null;
  return Array.isArray(value) ? 'list' : 'object';
};

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** A JSON pointer. */
export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${escapeKey(String(key))}`).join('');

export type ListedDifferences = {
  /** The first of them. */
  readonly listed: readonly ValueDifference[];
  readonly count: number;
};

const MAX_LISTED = 20;

/** What differs between two values, apart from what lies at or below places that differ by chance. */
export const listDifferences = (
  before: Json,
  after: Json,
  byChance: ReadonlySet<string> = new Set(),
): ListedDifferences => {
  const listed: ValueDifference[] = [];
  let count = 0;
  visitDifferences(before, after, (difference) => {
    if (liesWithin(difference.path, byChance)) return;
    count += 1;
    if (listed.length < MAX_LISTED) listed.push(difference);
  });
  return { listed, count };
};

/**
 * Places where two values of the same work differ. Where items or keys come and go, it is the whole list or object that does as it
 * likes.
 */
export const listUnstable = (once: Json, again: Json): ReadonlySet<string> => {
  const places = new Set<string>();
  visitDifferences(once, again, ({ path, kind }, parent) => places.add(kind === 'changed' ? path : parent));
  return places;
};

/** Whether a place is one of these, or lies below one. */
const liesWithin = (path: string, places: ReadonlySet<string>): boolean => {
  if (places.size === 0) return false;
  if (places.has(path)) return true;
  for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    if (places.has(path.slice(0, end))) return true;
  }
  return false;
};
