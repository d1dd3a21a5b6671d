import type { Json, JsonObject } from '@ia-modules/engine';

/** One place where two values differ. */
export type ValueDifference = {
  /** JSON pointer (RFC 6901); empty for the whole. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: Json;
  readonly after?: Json;
};

/** Where a value stands; null for the whole. Its pointer is written only where it is told of. */
type Place = { readonly above: Place | null; readonly key: string | number };

type Found = Omit<ValueDifference, 'path'> & { readonly place: Place | null };

/** Places to leave out, with all that lies below them. */
type LeftOut = { isHere: boolean; readonly below: Map<string, LeftOut> };

type Level = {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly place: Place | null;
  readonly leftOut: LeftOut | undefined;
  readonly keys: Iterator<string | number, undefined>;
};

/**
 * Tells of each place where two values differ, in order. Numbers of equal value are equal, and in which order keys stand makes no
 * difference. Plugins give what they like, as large and as deep as they like: only a value's own keys count, and nothing is collected
 * here.
 */
function* differencesOf(before: Json, after: Json, leftOut?: LeftOut): Generator<Found, undefined> {
  if (before === after || leftOut?.isHere === true) return;
  if (!areAlike(before, after)) yield { kind: 'changed', place: null, before, after };
  const levels = areAlike(before, after) ? [levelOf({ before, after, place: null, leftOut })] : [];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const next = level.keys.next();
    if (next.done === true) {
      levels.pop();
      continue;
    }
    const key = next.value;
    const [wasThere, isThere] = [Object.hasOwn(level.before, key), Object.hasOwn(level.after, key)];
    const [old = null, now = null] = [level.before[key], level.after[key]];
    if (wasThere && isThere && old === now) continue;
    const below = level.leftOut?.below.get(String(key));
    if (below?.isHere === true) continue;
    const place = { above: level.place, key };
    if (!wasThere) yield { kind: 'added', place, after: now };
    else if (!isThere) yield { kind: 'removed', place, before: old };
    else if (areAlike(old, now)) levels.push(levelOf({ before: old, after: now, place, leftOut: below }));
    else yield { kind: 'changed', place, before: old, after: now };
  }
}

/** Two lists, or two objects. */
const areAlike = (before: Json, after: Json): boolean => {
  const kind = containerKind(before);
  return kind !== null && kind === containerKind(after);
};

const levelOf = ({
  before,
  after,
  ...rest
}: Omit<Level, 'before' | 'after' | 'keys'> & { readonly before: Json; readonly after: Json }): Level => {
  const [was, is] = [before as JsonObject, after as JsonObject];
  return { ...rest, before: was, after: is, keys: keysOf(was, is) };
};

function* keysOf(before: JsonObject, after: JsonObject): Generator<string | number, undefined> {
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index += 1) yield index;
    return;
  }
  yield* Object.keys(before);
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) yield key;
}

const containerKind = (value: Json): 'list' | 'object' | null => {
  if (typeof value !== 'object' || value === null) return null;
  return Array.isArray(value) ? 'list' : 'object';
};

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const unescapeKey = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

const pointerTo = (place: Place | null): string => {
  const path: (string | number)[] = [];
  for (let at = place; at !== null; at = at.above) path.push(at.key);
  return pointerOf(path.toReversed());
};

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
  for (const found of differencesOf(before, after, leavingOut(byChance))) {
    count += 1;
    if (listed.length === MAX_LISTED) continue;
    const { place, ...difference } = found;
    listed.push({ path: pointerTo(place), ...difference });
  }
  return { listed, count };
};

/** With more places than this, the whole does as it likes. */
const MAX_UNSTABLE = 1_000;

/**
 * Places where two values of the same work differ. Where items or keys come and go, it is the whole list or object that does as it
 * likes.
 */
export const listUnstable = (once: Json, again: Json): ReadonlySet<string> => {
  const places = new Set<Place | null>();
  for (const { place, kind } of differencesOf(once, again)) {
    places.add(kind === 'changed' || place === null ? place : place.above);
    if (places.size > MAX_UNSTABLE) return new Set(['']);
  }
  return new Set([...places].map((place) => pointerTo(place)));
};

const leavingOut = (places: ReadonlySet<string>): LeftOut | undefined => {
  if (places.size === 0) return undefined;
  const root: LeftOut = { isHere: false, below: new Map() };
  for (const place of places) {
    let at = root;
    for (const key of place.split('/').slice(1).map(unescapeKey)) {
      const next = at.below.get(key) ?? { isHere: false, below: new Map() };
      at.below.set(key, next);
      at = next;
    }
    at.isHere = true;
  }
  return root;
};
