import { overLimit, type PathPattern, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';

/** Each change copies them. */
const MAX_FIELDS = 20_000;

/**
 * Gives a value that differs at one place; undefined takes the place away. What lies beside the path is shared with the old value.
 * Objects on the way are made; a list gets at most one more item, at its end.
 */
export const writeAt = (value: Json | undefined, path: PathPattern, written: Json | undefined): Json => {
  const [segment, ...rest] = path;
  if (segment === undefined) return written ?? null;
  if (typeof segment === 'symbol') throw refusedInput('A path that is written to has no * in it.');
  return Array.isArray(value)
    ? writeItem(value, { segment, rest, written })
    : writeField(value, { segment: String(segment), rest, written });
};

type Writing<S> = { readonly segment: S; readonly rest: PathPattern; readonly written: Json | undefined };

const writeItem = (list: readonly Json[], { segment, rest, written }: Writing<string | number>): Json => {
  const isThere = typeof segment === 'number' && segment < list.length;
  if (written === undefined && !isThere) return list;
  if (typeof segment !== 'number' || segment > list.length) {
    throw refusedInput(`A list of ${list.length} items has no place "${segment}".`);
  }
  if (written === undefined && rest.length === 0) return list.toSpliced(segment, 1);
  return list.toSpliced(segment, 1, writeAt(list[segment], rest, written));
};

const writeField = (value: Json | undefined, { segment, rest, written }: Writing<string>): Json => {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && Object.keys(value).length > MAX_FIELDS) {
    throw overLimit(`An object that is changed may have ${MAX_FIELDS} fields.`);
  }
  const fields = new Map(isObject ? Object.entries(value as JsonObject) : []);
  if (written !== undefined) {
    if (!isObject && value !== undefined) throw refusedInput(`"${segment}" lies below a value that is no object.`);
    fields.set(segment, writeAt(fields.get(segment), rest, written));
  } else if (!fields.has(segment)) return value ?? null;
  else if (rest.length === 0) fields.delete(segment);
  else fields.set(segment, writeAt(fields.get(segment), rest, undefined));
  return Object.fromEntries(fields);
};
