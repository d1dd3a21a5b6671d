import { checkSize, defineOperation, overLimit } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { eachItem, MAX_ROWS } from './each-item.ts';
import { fieldPath, identityOf, type KeyField, keyFields, valuesAt } from './keys.ts';
import { asList, asObject, isObject } from './rows.ts';

const MAX_FIELDS = 500_000;

const config = z.strictObject({
  right: z.array(z.custom<Json>()).max(MAX_ROWS).describe('The other list.'),
  on: z
    .array(
      z.strictObject({
        left: fieldPath.describe('A field of the value’s items.'),
        right: fieldPath.describe('The field of the other list’s items that has to be the same.'),
      }),
    )
    .min(1)
    .max(20)
    .describe('Which fields have to be the same, all of them; null and missing ones match nothing.'),
  kind: z
    .enum(['inner', 'left', 'right', 'full'])
    .default('inner')
    .describe(
      'Which items stay that match none of the other list: none, those of the value, those of `right`, or both.',
    ),
  as: z
    .enum(['merged', 'pairs'])
    .default('merged')
    .describe('`merged` makes one object of the two, `pairs` gives `{left, right}` with null for a missing side.'),
  right_prefix: z
    .string()
    .max(50)
    .default('right_')
    .describe('Stands before the fields of the other list that the value’s item has as well, when they are merged.'),
});
type JoinConfig = z.output<typeof config>;

export const join = defineOperation({
  name: 'join',
  title: 'Join',
  description: 'Brings the items of two lists together that have the same values in some fields.',
  takes: 'a list of objects, the left one',
  config,
  apply: async (value, settings, ctx) => {
    checkSize(settings.right);
    const { on, right, kind } = settings;
    const leftFields = on.flatMap(({ left }) => keyFields([left]));
    const rightFields = on.flatMap(({ right: field }) => keyFields([field]));
    const places = new Map<string, number[]>();
    await eachItem(right, ctx, (row, index) => {
      const key = keyOf(row, rightFields);
      if (key === undefined) return;
      const known = places.get(key);
      if (known === undefined) places.set(key, [index]);
      else known.push(index);
    });
    const joined: Json[] = [];
    const isMatched = new Uint8Array(right.length);
    const combine = combiner(settings);
    let fields = 0;
    const add = (left: Json, other: Json): void => {
      if (joined.length >= MAX_ROWS) throw overLimit(`A join may make ${MAX_ROWS} items.`);
      const made = combine(left, other);
      fields += isObject(made) ? Object.keys(made).length : 0;
      if (fields > MAX_FIELDS) throw overLimit(`The items of a join may have ${MAX_FIELDS} fields together.`);
      joined.push(made);
    };
    await eachItem(asList(value), ctx, (row) => {
      const key = keyOf(row, leftFields);
      const matches = key === undefined ? [] : (places.get(key) ?? []);
      for (const index of matches) {
        isMatched[index] = 1;
        add(row, right[index] ?? null);
      }
      if (matches.length === 0 && (kind === 'left' || kind === 'full')) add(row, null);
    });
    if (kind === 'right' || kind === 'full') {
      await eachItem(right, ctx, (row, index) => {
        if (isMatched[index] === 0) add(null, row);
      });
    }
    return joined;
  },
});

const keyOf = (row: Json, fields: readonly KeyField[]): string | undefined => {
  const values = valuesAt(row, fields);
  return values.includes(null) ? undefined : identityOf(values);
};

const combiner = ({ as, right_prefix: prefix }: JoinConfig): ((left: Json, right: Json) => Json) => {
  if (as === 'pairs') return (left, right) => ({ left, right });
  return (left, right) => {
    if (left === null) return asObject(right, 'An item of the right list');
    const merged = new Map(Object.entries(asObject(left, 'An item of the left list')));
    if (!isObject(right)) return Object.fromEntries(merged);
    for (const [key, item] of Object.entries(right)) merged.set(merged.has(key) ? `${prefix}${key}` : key, item);
    return Object.fromEntries(merged);
  };
};
