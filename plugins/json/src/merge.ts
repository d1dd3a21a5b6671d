import { checkSize, defineOperation } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const merge = defineOperation({
  name: 'merge',
  title: 'JSON Merge Patch',
  description:
    'Applies a JSON Merge Patch (RFC 7396): fields of the patch take the place of the value’s, null takes them away.',
  takes: 'anything, usually an object',
  config: z.strictObject({ patch: z.custom<Json>().describe('The merge patch.') }),
  apply: (value, { patch }) => {
    checkSize([value, patch]);
    return applyMergePatch(value, patch);
  },
});

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, section 2. */
export const applyMergePatch = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, item] of Object.entries(patch)) {
    if (item === null) merged.delete(key);
    else merged.set(key, applyMergePatch(merged.get(key), item));
  }
  return Object.fromEntries(merged);
};
