/**
 * The evaluator tells what kind a value is by its `constructor`, and takes an object with a key of that name for something it
 * does not know. It reads a `Map` just as well.
 */
export const isMisledByKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'unsupported_type';

/** A copy in which objects with the key `constructor` are Maps; what holds none stays the same. */
export const withMapsForConstructors = <T>(value: T): T => convert(value) as T;

const convert = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  if (Array.isArray(value)) return keepIfSame(value, value.map(convert));
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, convert(item)]);
  if (Object.hasOwn(value, 'constructor')) return new Map(entries);
  const isSame = entries.every(([key, item]) => (value as Readonly<Record<string, unknown>>)[key] === item);
  return isSame ? value : Object.fromEntries(entries);
};

const keepIfSame = (list: readonly unknown[], converted: readonly unknown[]): readonly unknown[] =>
  list.every((item, index) => item === converted[index]) ? list : converted;
