import { defineStep, type Json, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { databases } from './databases.ts';
import { tableFields } from './vector-fields.ts';
import { findTable } from './vector-table.ts';

export const vectorDelete = defineStep({
  name: 'delete',
  title: 'Delete embeddings',
  description: 'Deletes items by their ids, or by what their metadata contains.',
  input: z.strictObject({
    ...tableFields,
    ids: z.array(z.string().min(1).max(500)).min(1).max(10_000).optional().describe('Which ones; this or `filter`.'),
    filter: z
      .record(z.string(), z.custom<Json>())
      .optional()
      .describe('What their metadata contains; an empty one is refused.'),
  }),
  output: z.object({ deleted: z.int().describe('How many were there.') }),
  run: async (input, ctx) => {
    const chosen = choose(input);
    return await databases.run(ctx, { ...input, isReadOnly: false }, async (session) => {
      const { quoted, isThere } = await findTable(session, input);
      if (!isThere) return { deleted: 0 };
      const sql = `delete from ${quoted} where ${chosen.where}`;
      const { affected } = await session.execute({ sql, bindings: [chosen.value] }, { maxRows: 1, maxBytes: 1 });
      return { deleted: affected };
    });
  },
});

type Chosen = { readonly where: string; readonly value: Json };
type Choice = { readonly ids?: string[] | undefined; readonly filter?: Record<string, Json> | undefined };

const choose = ({ ids, filter }: Choice): Chosen => {
  if (ids !== undefined && filter === undefined) return { where: 'id = any($1::text[])', value: ids };
  if (ids === undefined && filter !== undefined && Object.keys(filter).length > 0) {
    return { where: 'metadata @> $1::jsonb', value: JSON.stringify(filter) };
  }
  throw new PluginError({
    code: 'IA_PLUGIN_INPUT',
    message: 'Either ids or a filter that is not empty has to be given.',
  });
};
