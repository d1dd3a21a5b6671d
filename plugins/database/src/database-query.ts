import { defineStep } from '@ia-modules/plugin-sdk';
import { connectionFields } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { resultFields, rows, statementFields } from './database-fields.ts';
import { databases } from './databases.ts';
import { tooMuch, writeStatement } from './write-statement.ts';

export const databaseQuery = defineStep({
  name: 'query',
  title: 'Query a database',
  description: 'Runs one statement and returns its rows. Nothing can be changed with it unless `read_only` is false.',
  input: z.strictObject({
    ...connectionFields,
    ...statementFields,
    ...resultFields,
    on_limit: z
      .enum(['fail', 'truncate'])
      .default('fail')
      .describe('What happens when there are more rows than allowed.'),
    read_only: z.boolean().default(true).describe('Whether the database refuses to change anything.'),
  }),
  output: z.object({
    rows,
    row_count: z.int().describe('How many rows came back.'),
    columns: z.array(z.string()).describe('In the order of the statement.'),
    truncated: z.boolean().describe('Whether rows were left out.'),
  }),
  run: async (input, ctx) =>
    await databases.run(ctx, { ...input, isReadOnly: input.read_only }, async (session) => {
      const result = await session.execute(writeStatement(session, input), {
        maxRows: input.max_rows,
        maxBytes: input.max_bytes,
      });
      if (result.hasMore && input.on_limit === 'fail') throw tooMuch(input);
      return {
        rows: [...result.rows],
        row_count: result.rows.length,
        columns: [...result.columns],
        truncated: result.hasMore,
      };
    }),
});
