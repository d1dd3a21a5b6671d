import { checkSize, createPace, defineOperation, overLimit } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { MAX_ROWS } from './each-item.ts';
import { asObject, isObject } from './rows.ts';

const config = z.strictObject({
  with: z
    .array(z.custom<Json>())
    .min(1)
    .max(100)
    .describe('The other objects, or lists if the value is one; later ones win.'),
  deep: z.boolean().default(true).describe('Merges objects in objects, too. Otherwise the later one takes the place.'),
  lists: z
    .enum(['replace', 'concat'])
    .default('replace')
    .describe('What becomes of two lists in the same field: the later one, or both.'),
});
type MergeConfig = z.output<typeof config>;

export const merge = defineOperation({
  name: 'merge',
  title: 'Merge',
  description: 'Makes one object of several, or one list of several lists.',
  takes: 'an object, or a list',
  config,
  apply: async (value, settings, ctx) => {
    checkSize(settings.with);
    if (!Array.isArray(value)) {
      const pace = createPace(ctx);
      let merged = asObject(value);
      for (const other of settings.with) {
        merged = mergeObjects(merged, asObject(other, 'What is merged'), settings);
        checkSize(merged);
        if (pace.isDue()) await pace.rest();
      }
      return merged;
    }
    const list = [value, ...settings.with].flat() as Json[];
    if (list.length > MAX_ROWS) throw overLimit(`A list may have ${MAX_ROWS} items.`);
    return list;
  },
});

const mergeObjects = (left: JsonObject, right: JsonObject, settings: MergeConfig): JsonObject => {
  const merged = new Map(Object.entries(left));
  for (const [key, item] of Object.entries(right)) merged.set(key, mergeValues(merged.get(key), item, settings));
  return Object.fromEntries(merged);
};

const mergeValues = (left: Json | undefined, right: Json, settings: MergeConfig): Json => {
  if (settings.deep && isObject(left) && isObject(right)) return mergeObjects(left, right, settings);
  return settings.lists === 'concat' && Array.isArray(left) && Array.isArray(right) ? [...left, ...right] : right;
};
