import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { MAX_DEPTH } from '../definition/nesting.ts';
import { exceedChars, exceedDepth, exceedElements, MAX_LIST_ELEMENTS, MAX_TEXT_CHARS } from './work-budget.ts';

/**
 * Turns a CEL value into JSON: integers become numbers, timestamps become text in ISO 8601.
 * @throws PlatformError `IA_EXPRESSION_FAILED` for what JSON can't hold, `IA_EXPRESSION_LIMIT` for too much of it
 */
export const toJson = (value: unknown, size: ResultSize = { elements: 0, chars: 0 }, depth = 0): Json => {
  switch (typeof value) {
    case 'string':
      size.chars += value.length;
      if (size.chars > MAX_TEXT_CHARS) exceedChars();
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw unrepresentable('a number that is not finite');
    case 'bigint':
      return toSafeNumber(value);
    case 'object':
      return value === null ? null : objectToJson(value, size, depth + 1);
    default:
      throw unrepresentable(typeof value);
  }
};

/** What a result holds so far: one small list can name the same large one over and over. */
type ResultSize = { elements: number; chars: number };

const NO_BOUND: ResultSize = { elements: Number.NEGATIVE_INFINITY, chars: Number.NEGATIVE_INFINITY };

/** As {@link toJson}, of a value that is as large as it was before: nothing was made of it. */
export const copyJson = (value: unknown): Json => toJson(value, NO_BOUND);

const toSafeNumber = (value: bigint): number => {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw unrepresentable('an integer beyond 2^53');
};

const objectToJson = (value: object, size: ResultSize, depth: number): Json => {
  if (depth > MAX_DEPTH) exceedDepth();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    count(size, value.length);
    return value.map((item) => toJson(item, size, depth));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype;
  if (!isPlain && !(value instanceof Map)) throw unrepresentable(value.constructor.name);
  const entries: [string, unknown][] =
    value instanceof Map ? [...value].map(([key, item]) => [String(key), item]) : Object.entries(value);
  count(size, entries.length);
  return Object.fromEntries(entries.map(([key, item]) => [key, toJson(item, size, depth)]));
};

const count = (size: ResultSize, elements: number): void => {
  size.elements += elements;
  if (size.elements > MAX_LIST_ELEMENTS) exceedElements();
};

const unrepresentable = (what: string): PlatformError =>
  new PlatformError({
    code: 'IA_EXPRESSION_FAILED',
    message: `The result is ${what}, which JSON can not hold.`,
    hint: 'Convert it, for example with string(…).',
  });
