import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { overLimit } from './data-errors.ts';

export type SizeLimits = {
  /** Objects, lists, texts, numbers … in all. */
  readonly values?: number;
  /** Levels of objects and lists. */
  readonly depth?: number;
  /** Characters of all texts and keys. */
  readonly chars?: number;
};

const DEFAULTS = { values: 200_000, depth: 100, chars: 16 * 1_024 * 1_024 } as const;

/**
 * Objects with more than `from` fields, which cost many times what as many fields of small ones do, may have `total` of them together.
 */
export const LARGE_OBJECTS = { from: 1_000, total: 50_000 } as const;

/**
 * Checks that a value is small enough to be worked on, and tells how many values it holds.
 * @throws PluginError `IA_PLUGIN_LIMIT`
 */
export const checkSize = (value: Json, limits: SizeLimits = {}): number => {
  const { values, depth, chars } = { ...DEFAULTS, ...limits };
  let count = 1;
  let length = 0;
  let largeFields = 0;
  let level: readonly Json[] = [value];
  for (let deep = 0; level.length > 0; deep += 1) {
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item === 'string') length += item.length;
      if (typeof item !== 'object' || item === null) continue;
      if (deep >= depth) throw overLimit(`The value is nested more than ${depth} levels deep.`);
      const keys = Array.isArray(item) ? undefined : Object.keys(item);
      if (keys !== undefined && keys.length > LARGE_OBJECTS.from) largeFields += keys.length;
      if (largeFields > LARGE_OBJECTS.total) throw tooManyFields();
      const children = keys === undefined ? (item as readonly Json[]) : valuesOf(item as JsonObject, keys);
      for (const key of keys ?? []) length += key.length;
      count += children.length;
      if (count > values) throw overLimit(`The value holds more than ${values} values.`);
      for (const child of children) if (typeof child === 'string' || typeof child === 'object') next.push(child);
    }
    if (length > chars) throw overLimit(`The value holds more than ${chars} characters.`);
    level = next;
  }
  return count;
};

const valuesOf = (object: JsonObject, keys: readonly string[]): readonly Json[] =>
  keys.map((key) => object[key] as Json);

/** Of a value with too many fields in its large objects. */
export const tooManyFields = (): Error =>
  overLimit(`Objects with more than ${LARGE_OBJECTS.from} fields have more than ${LARGE_OBJECTS.total} together.`);
