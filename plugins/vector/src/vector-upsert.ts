import { defineStep, type Json, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { databases } from './databases.ts';
import { embedding, tableFields } from './vector-fields.ts';
import { findTable, makeTable, type VectorTable } from './vector-table.ts';

const ITEMS_AT_ONCE = 200;

const item = z.strictObject({
  id: z.string().min(1).max(500).describe('Names the item; one that is there is replaced.'),
  embedding: embedding.describe('All items of a table have as many numbers.'),
  content: z.string().max(1_000_000).optional().describe('What the embedding was made of.'),
  metadata: z.record(z.string(), z.custom<Json>()).default({}).describe('What searches may filter by.'),
});

export const vectorUpsert = defineStep({
  name: 'upsert',
  title: 'Keep embeddings',
  description: 'Writes embeddings into a table, which is made when it is not there: all of them, or none.',
  input: z.strictObject({ ...tableFields, items: z.array(item).min(1).max(10_000).describe('What is kept.') }),
  output: z.object({
    upserted: z.int().describe('How many items were written.'),
    backend: z.enum(['pgvector', 'exact']).describe('How they are kept.'),
  }),
  run: async (input, ctx) => {
    checkItems(input.items);
    return await databases.run(ctx, { ...input, isReadOnly: false }, async (session) => {
      const table = await findTable(session, input);
      if (!table.isThere) await makeTable(session, table, input.items[0]?.embedding.length ?? 0);
      for (let start = 0; start < input.items.length; start += ITEMS_AT_ONCE) {
        const batch = input.items.slice(start, start + ITEMS_AT_ONCE);
        const sql = upsertInto(table);
        await session.execute({ sql, bindings: [JSON.stringify(batch)] }, { maxRows: 1, maxBytes: 1 });
        ctx.progress((start + batch.length) / input.items.length);
      }
      return { upserted: input.items.length, backend: table.backend };
    });
  },
});

const upsertInto = ({ quoted, backend }: VectorTable): string => {
  const [type, value] = backend === 'exact' ? ['float8[]', 'i.embedding'] : ['text', 'i.embedding::vector'];
  return `insert into ${quoted} (id, embedding, content, metadata)
    select i.id, ${value}, i.content, i.metadata
    from jsonb_to_recordset($1::jsonb) as i(id text, embedding ${type}, content text, metadata jsonb)
    on conflict (id) do update
    set embedding = excluded.embedding, content = excluded.content, metadata = excluded.metadata`;
};

const checkItems = (items: readonly z.infer<typeof item>[]): void => {
  const dimensions = items[0]?.embedding.length;
  const problem = items.some(({ embedding: list }) => list.length !== dimensions)
    ? 'Not all embeddings have as many numbers.'
    : new Set(items.map(({ id }) => id)).size < items.length
      ? 'Two items have the same id.'
      : undefined;
  if (problem !== undefined) throw new PluginError({ code: 'IA_PLUGIN_INPUT', message: problem });
};
