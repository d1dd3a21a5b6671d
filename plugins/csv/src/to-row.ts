import type { Json } from '@ia-modules/plugin-sdk';
import { MAX_COLUMNS, type ParseOptions } from './csv-options.ts';

const NUMBER = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?$/;

/** Makes a row of a line's fields: an object when the columns have names, else a list. */
export const toRow = (
  fields: readonly string[],
  columns: readonly string[],
  types: ParseOptions['types'],
): { readonly value: Json } | { readonly problem: string } => {
  const values: readonly Json[] = types === 'text' ? fields : fields.map(infer);
  if (columns.length === 0) {
    return fields.length > MAX_COLUMNS ? { problem: `it has more than ${MAX_COLUMNS} fields` } : { value: values };
  }
  if (values.length !== columns.length) {
    return { problem: `it has ${values.length} fields, and there are ${columns.length} columns` };
  }
  return { value: Object.fromEntries(columns.map((name, index) => [name, values[index] ?? null])) };
};

const infer = (field: string): Json => {
  if (field === '') return null;
  if (field === 'true' || field === 'false') return field === 'true';
  if (!NUMBER.test(field)) return field;
  const number = Number(field);
  const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
  return isExact ? number : field;
};
