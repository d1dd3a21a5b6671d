import type { Json } from '@ia-modules/plugin-sdk';

/** Whether two JSON values are equal, whatever the order of keys. */
export const jsonEquals = (left: Json, right: Json): boolean => {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => jsonEquals(item as Json, right[index] as Json));
  }
  const leftObject = left as Readonly<Record<string, Json>>;
  const rightObject = right as Readonly<Record<string, Json>>;
  const keys = Object.keys(leftObject);
  return (
    keys.length === Object.keys(rightObject).length &&
    keys.every(
      (key) => Object.hasOwn(rightObject, key) && jsonEquals(leftObject[key] ?? null, rightObject[key] ?? null),
    )
  );
};
