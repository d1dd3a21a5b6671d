import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { defineOperation } from '@ia-modules/bounded-work';
import { groupRows } from './group-rows.ts';
import { fieldPaths } from './keys.ts';
import { asList } from './rows.ts';

export const group = defineOperation({
  name: 'group',
  title: 'Group',
  description: 'Gathers the items of a list that have the same values in some fields.',
  takes: 'a list',
  config: z.strictObject({
    by: fieldPaths.describe(
      'Fields that make a group, such as `["country", "address.city"]`; a missing one counts as null.',
    ),
  }),
  apply: async (value, { by }, ctx) => {
    const groups = await groupRows(asList(value), by, ctx);
    return groups.map(({ key, items }) => ({ key, items, count: items.length }) satisfies Json);
  },
});
