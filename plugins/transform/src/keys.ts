import { parsePath, type PathPattern, readPath, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_KEYS = 20;

export const fieldPath = z.string().min(1).max(500);

/** Fields by which rows are told apart. */
export const fieldPaths = z.array(fieldPath).min(1).max(MAX_KEYS);

export type KeyField = { readonly text: string; readonly path: PathPattern };

export const keyFields = (texts: readonly string[]): readonly KeyField[] => {
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice !== undefined) throw refusedInput(`The field "${twice}" is named twice.`);
  return texts.map((text) => ({ text, path: parsePath(text) }));
};

export const valuesAt = (row: Json, fields: readonly KeyField[]): readonly Json[] =>
  fields.map(({ path }) => readPath(row, path) ?? null);

/** The same text for the same values: 1 and "1" are two, an object is the same in whatever order its keys stand. */
export const identityOf = (values: readonly Json[]): string => JSON.stringify(values, sortKeys);

const sortKeys = (_key: string, value: Json): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
    : value;
