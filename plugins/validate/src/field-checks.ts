import { parsePath, pathText, readPath, selectPaths } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { defineCheck, type Finding, kindOf, pathField, placesIn } from './check.ts';
import { readTime } from './read-time.ts';

const fieldPath = z.string().min(1).max(500);
const fieldPaths = z.array(fieldPath).min(1).max(100);

export const requiredCheck = defineCheck({
  name: 'required',
  title: 'Required fields',
  description: 'Checks that fields are there and not null.',
  config: z.strictObject({
    fields: fieldPaths.describe('Which: `["id", "lines[*].sku"]`.'),
    allow_empty: z
      .boolean()
      .default(true)
      .describe('Takes empty texts, lists and objects; white space counts as empty.'),
  }),
  find: function* (value, { fields, allow_empty: takesEmpty }): Generator<Finding> {
    for (const field of fields) {
      for (const { path, value: found } of selectPaths(value, parsePath(field))) {
        yield undefined;
        if (found === undefined || found === null) yield { path: pathText(path), message: 'is required' };
        else if (!takesEmpty && isEmpty(found)) yield { path: pathText(path), message: 'is empty' };
      }
    }
  },
});

const isEmpty = (value: Json): boolean => {
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
};

export const uniqueCheck = defineCheck({
  name: 'unique',
  title: 'Unique items',
  description: 'Checks that no two items of a list are the same, or the same in some fields.',
  config: z.strictObject({
    path: pathField,
    by: fieldPaths
      .optional()
      .describe('Fields that make an item: `["country", "number"]`. Left out, all of it counts.'),
  }),
  find: function* (value, { path, by }): Generator<Finding> {
    const fields = by?.map(parsePath);
    for (const place of placesIn(value, path)) {
      if (!Array.isArray(place.value)) {
        yield { path: place.path, message: `is ${kindOf(place.value)}, and has to be a list` };
        continue;
      }
      const seen = new Map<string, number>();
      for (const [index, item] of (place.value as readonly Json[]).entries()) {
        yield undefined;
        const key = identityOf(fields === undefined ? item : fields.map((field) => readPath(item, field) ?? null));
        const first = seen.get(key);
        if (first === undefined) seen.set(key, index);
        else yield { path: `${place.path}[${index}]`, message: `is the same as item ${first}` };
      }
    }
  },
});

/** The order of an object's keys does not matter. */
const identityOf = (value: Json): string =>
  JSON.stringify(value, (_key, item: Json) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );

const TYPES = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  list: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  date: (value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && readTime(value) !== undefined,
  date_time: (value) => typeof value === 'string' && value.length > 10 && readTime(value) !== undefined,
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value),
  url: (value) =>
    typeof value === 'string' && value.length <= 2_048 && /^https?:\/\//i.test(value) && URL.canParse(value),
} as const satisfies Readonly<Record<string, (value: Json) => boolean>>;
type TypeName = keyof typeof TYPES;
const TYPE_NAMES = Object.keys(TYPES) as [TypeName, ...TypeName[]];

export const typeCheck = defineCheck({
  name: 'type',
  title: 'Type',
  description: 'Checks what kind of values fields hold.',
  config: z.strictObject({
    fields: z
      .record(fieldPath, z.union([z.enum(TYPE_NAMES), z.array(z.enum(TYPE_NAMES)).min(1).max(5)]))
      .describe(
        'Types by field, or lists of those that may be: `{"age": "integer", "rows[*].note": ["text", "null"]}`. Missing fields pass.',
      ),
  }),
  find: function* (value, { fields }): Generator<Finding> {
    for (const [field, wanted] of Object.entries(fields)) {
      const names = [wanted].flat();
      for (const place of placesIn(value, field)) {
        yield undefined;
        if (names.some((name) => TYPES[name](place.value))) continue;
        yield { path: place.path, message: `is ${kindOf(place.value)}, and has to be ${names.join(' or ')}` };
      }
    }
  },
});
