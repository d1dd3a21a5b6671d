import { createPace, defineOperation, type Pace, parsePath, readPath } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { eachItem } from './each-item.ts';
import { fieldPath } from './keys.ts';
import { asList } from './rows.ts';

const CHUNK = 2_000;

type Keyed = { readonly item: Json; readonly keys: readonly Json[] };
type Compare = (left: Keyed, right: Keyed) => number;

export const sort = defineOperation({
  name: 'sort',
  title: 'Sort',
  description: 'Sorts a list by fields of its items; items with the same values keep their order.',
  takes: 'a list',
  config: z.strictObject({
    by: z
      .array(
        z.strictObject({
          field: fieldPath.describe('A field of the items; `$` is the item itself.'),
          order: z.enum(['ascending', 'descending']).default('ascending').describe('Which way.'),
        }),
      )
      .min(1)
      .max(20)
      .default([{ field: '$', order: 'ascending' }])
      .describe('What to sort by, the most important first. Numbers come before texts, missing values and null last.'),
    locale: z
      .string()
      .max(35)
      .optional()
      .describe('A language such as `de`, whose order texts follow. Left out, they are sorted by their code points.'),
  }),
  apply: async (value, { by, locale }, ctx) => {
    const paths = by.map(({ field }) => parsePath(field));
    const rows: Keyed[] = [];
    await eachItem(asList(value), ctx, (item) => {
      rows.push({ item, keys: paths.map((path) => readPath(item, path) ?? null) });
    });
    const compareTexts = locale === undefined ? byCodePoint : collator(locale);
    const compare: Compare = (left, right) => {
      for (const [place, { order }] of by.entries()) {
        const [one = null, other = null] = [left.keys[place], right.keys[place]];
        if (one === null || other === null) {
          if (one !== other) return one === null ? 1 : -1;
          continue;
        }
        const difference = compareValues(one, other, compareTexts);
        if (difference !== 0) return order === 'ascending' ? difference : -difference;
      }
      return 0;
    };
    return (await mergeSort(rows, compare, createPace(ctx))).map(({ item }) => item);
  },
});

const collator = (locale: string): ((left: string, right: string) => number) => {
  const [known] = Intl.Collator.supportedLocalesOf(locale.replaceAll(/[^A-Za-z0-9-]/g, ''));
  return new Intl.Collator(known ?? 'en').compare;
};

const byCodePoint = (left: string, right: string): number => (left === right ? 0 : left < right ? -1 : 1);

const RANKS: Readonly<Record<string, number>> = { boolean: 0, number: 1, string: 2, object: 3 };

const compareValues = (left: Json, right: Json, compareTexts: (left: string, right: string) => number): number => {
  const difference = (RANKS[typeof left] ?? 9) - (RANKS[typeof right] ?? 9);
  if (difference !== 0) return difference;
  if (typeof left === 'string') return compareTexts(left, right as string);
  return typeof left === 'object' ? 0 : Number(left) - Number(right);
};

/** Stable, and in pieces: sorting a hundred thousand rows at once would hold up everything else. */
const mergeSort = async (rows: readonly Keyed[], compare: Compare, pace: Pace): Promise<readonly Keyed[]> => {
  let runs: (readonly Keyed[])[] = [];
  for (let start = 0; start < rows.length; start += CHUNK) {
    runs.push(rows.slice(start, start + CHUNK).toSorted(compare));
    if (pace.isDue()) await pace.rest();
  }
  while (runs.length > 1) {
    const merged: (readonly Keyed[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(await mergeTwo(runs[index] ?? [], runs[index + 1] ?? [], { compare, pace }));
    }
    runs = merged;
  }
  return runs[0] ?? [];
};

const mergeTwo = async (
  left: readonly Keyed[],
  right: readonly Keyed[],
  { compare, pace }: { readonly compare: Compare; readonly pace: Pace },
): Promise<readonly Keyed[]> => {
  const merged: Keyed[] = [];
  let from = 0;
  for (const row of left) {
    for (let other = right[from]; other !== undefined && compare(row, other) > 0; other = right[from]) {
      merged.push(other);
      from += 1;
    }
    merged.push(row);
    if (pace.isDue()) await pace.rest();
  }
  for (; from < right.length; from += 1) merged.push(right[from] as Keyed);
  return merged;
};
