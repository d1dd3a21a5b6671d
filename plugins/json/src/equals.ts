import type { Json, JsonObject } from '@ia-modules/plugin-sdk';

/** Whether two values are the same JSON; the order of keys does not matter. */
export const equals = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item: Json, index) => equals(item, right[index] as Json));
  }
  const [one, other] = [left as JsonObject, right as JsonObject];
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && equals(one[key], other[key]));
};
