import { defineStep, type Json, PluginError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { databases } from './databases.ts';
import { embedding, tableFields } from './vector-fields.ts';
import { findTable, type VectorTable } from './vector-table.ts';

const MAX_BYTES = 8 * 1024 * 1024;

export const vectorSearch = defineStep({
  name: 'search',
  title: 'Search embeddings',
  description: 'Finds the items of a table whose embeddings are the most similar, by their cosine.',
  input: z.strictObject({
    ...tableFields,
    embedding: embedding.describe('What is looked for, made by the model that made the others.'),
    limit: z.int().min(1).max(1_000).default(10).describe('At most so many.'),
    min_score: z.number().min(-1).max(1).default(-1).describe('Items below it are left out; 1 is the same direction.'),
    filter: z
      .record(z.string(), z.custom<Json>())
      .default({})
      .describe('What the metadata of an item has to contain, as `@>` of PostgreSQL compares.'),
  }),
  output: z.object({
    matches: z
      .array(
        z.object({
          id: z.string().describe('As it was kept.'),
          score: z.number().describe('From -1 to 1.'),
          content: z.string().nullable().describe('As it was kept.'),
          metadata: z.record(z.string(), z.custom<Json>()).describe('As it was kept.'),
        }),
      )
      .describe('The best first.'),
  }),
  run: async (input, ctx) =>
    await databases.run(ctx, { ...input, isReadOnly: true }, async (session) => {
      const table = await findTable(session, input);
      if (!table.isThere) return { matches: [] };
      const bindings = [JSON.stringify(input.embedding), JSON.stringify(input.filter), input.min_score, input.limit];
      const found = await session.execute(
        { sql: searchIn(table), bindings },
        { maxRows: input.limit, maxBytes: MAX_BYTES },
      );
      if (found.hasMore) throw tooMuch();
      return { matches: found.rows as never };
    }),
});

/** A direction that is no direction, all zeros, is like nothing. */
const searchIn = ({ quoted, backend }: VectorTable): string =>
  backend === 'exact'
    ? `with wanted as (
         select array_agg(v::float8 order by i) as list, sqrt(sum(v::float8 ^ 2)) as length
         from jsonb_array_elements_text($1::jsonb) with ordinality as e(v, i)
       ), scored as (
         select t.id, t.content, t.metadata,
           (select sum(p.x * p.y) / nullif(sqrt(sum(p.x ^ 2)) * w.length, 0)
            from unnest(t.embedding, w.list) as p(x, y)) as score
         from ${quoted} t, wanted w
         where t.metadata @> $2::jsonb and cardinality(t.embedding) = cardinality(w.list)
       )
       select id, score, content, metadata from scored
       where score >= $3::float8 order by score desc, id limit $4::int`
    : `select id, score, content, metadata from (
         select id, 1 - (embedding <=> $1::text::vector) as score, content, metadata
         from ${quoted} where metadata @> $2::jsonb
         order by embedding <=> $1::text::vector limit $4::int
       ) nearest
       where score >= $3::float8 order by score desc, id`;

const tooMuch = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `What was found has more than ${MAX_BYTES} bytes.`,
    hint: 'Lower the limit, or keep less in the content of items.',
  });
