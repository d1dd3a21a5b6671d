import { defineOperation, overLimit, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { isObject, kindOf } from './rows.ts';

const MAX_KEY_CHARS = 8 * 1_024 * 1_024;

export const flatten = defineOperation({
  name: 'flatten',
  title: 'Flatten',
  description: 'Makes one list of lists in a list, or one level of an object with objects in it.',
  takes: 'a list, or an object',
  config: z.strictObject({
    depth: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('How many levels of lists are taken away; objects lose all of theirs.'),
    separator: z.string().min(1).max(5).default('.').describe('Stands between the keys of an object: `address.city`.'),
  }),
  apply: (value, { depth, separator }) => {
    if (Array.isArray(value)) return flattenList(value, depth);
    if (!isObject(value)) throw refusedInput(`The value is ${kindOf(value)}, and has to be a list or an object.`);
    const fields = new Map<string, Json>();
    let chars = 0;
    for (const [key, item] of flatEntries(value, '', separator)) {
      chars += key.length;
      if (chars > MAX_KEY_CHARS) throw overLimit(`The keys may have ${MAX_KEY_CHARS} characters together.`);
      if (fields.has(key)) throw refusedInput(`Two fields would be called "${key}".`, 'Choose another separator.');
      fields.set(key, item);
    }
    return Object.fromEntries(fields);
  },
});

const flattenList = (list: readonly Json[], depth: number): Json[] =>
  depth === 0
    ? [...list]
    : list.flatMap((item) => (Array.isArray(item) ? flattenList(item as Json[], depth - 1) : [item]));

function* flatEntries(object: JsonObject, prefix: string, separator: string): Generator<[string, Json]> {
  for (const [key, item] of Object.entries(object)) {
    if (isObject(item) && Object.keys(item).length > 0)
      yield* flatEntries(item, `${prefix}${key}${separator}`, separator);
    else yield [`${prefix}${key}`, item];
  }
}
