import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { defineOperation } from '@ia-modules/bounded-work';
import { eachItem } from './each-item.ts';
import { fieldPaths, identityOf, keyFields, valuesAt } from './keys.ts';
import { asList } from './rows.ts';

export const unique = defineOperation({
  name: 'unique',
  title: 'Unique',
  description: 'Keeps one of the items of a list that are the same, or the same in some fields.',
  takes: 'a list',
  config: z.strictObject({
    by: fieldPaths.optional().describe('Fields by which items are told apart. Left out, all of an item counts.'),
    keep: z.enum(['first', 'last']).default('first').describe('Which of them stays, at the place of the first.'),
  }),
  apply: async (value, { by, keep }, ctx) => {
    const fields = by === undefined ? undefined : keyFields(by);
    const kept = new Map<string, Json>();
    await eachItem(asList(value), ctx, (item) => {
      const identity = identityOf(fields === undefined ? [item] : valuesAt(item, fields));
      if (keep === 'last' || !kept.has(identity)) kept.set(identity, item);
    });
    return [...kept.values()];
  },
});
