import { type Json, PlatformError } from '@ia-modules/plugin-sdk';

/** Turns a CEL value into JSON: integers become numbers, timestamps become text in ISO 8601. */
export const toJson = (value: unknown): Json => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw unrepresentable('a number that is not finite');
    case 'bigint':
      return toSafeNumber(value);
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      throw unrepresentable(typeof value);
  }
};

const toSafeNumber = (value: bigint): number => {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw unrepresentable('an integer beyond 2^53');
};

const objectToJson = (value: object): Json => {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), toJson(item)]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  }
  throw unrepresentable(value.constructor.name);
};

const unrepresentable = (what: string): PlatformError =>
  new PlatformError({
    code: 'IA_EXPRESSION_FAILED',
    message: `The result is ${what}, which JSON can not hold.`,
    hint: 'Convert it, for example with string(…).',
  });
