import { defineStep } from '@ia-modules/plugin-sdk';
import { connectionFields } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { resultFields, rows, statementFields } from './database-fields.ts';
import { databases } from './databases.ts';
import { allRows, writeStatement } from './write-statement.ts';

export const databaseTransaction = defineStep({
  name: 'transaction',
  title: 'Change a database in one transaction',
  description: 'Runs statements one after another: all of them, or none.',
  input: z.strictObject({
    ...connectionFields,
    statements: z
      .array(z.strictObject(statementFields))
      .min(1)
      .max(100)
      .describe('In this order. The transaction is begun and ended for them.'),
    ...resultFields,
  }),
  output: z.object({
    results: z
      .array(z.object({ affected: z.int().describe('How many rows were written.'), rows }))
      .describe('Of each statement; the bounds hold for each.'),
  }),
  run: async (input, ctx) =>
    await databases.run(ctx, { ...input, isReadOnly: false }, async (session) => {
      const results = [];
      for (const [index, statement] of input.statements.entries()) {
        const bounds = { maxRows: input.max_rows, maxBytes: input.max_bytes };
        const result = await session.execute(writeStatement(session, statement), bounds);
        results.push({ affected: result.affected, rows: allRows(result, input) });
        ctx.progress((index + 1) / input.statements.length);
      }
      return { results };
    }),
});
