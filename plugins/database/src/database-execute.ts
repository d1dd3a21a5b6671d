import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { databaseFields, resultFields, rows, statementFields } from './database-fields.ts';
import { inDatabase } from './sql-pools.ts';
import { allRows, writeStatement } from './write-statement.ts';

export const databaseExecute = defineStep({
  name: 'execute',
  title: 'Change a database',
  description: 'Runs one statement that writes, in a transaction of its own.',
  input: z.strictObject({ ...databaseFields, ...statementFields, ...resultFields }),
  output: z.object({
    affected: z.int().describe('How many rows were written.'),
    rows: rows.describe('What the statement returns, as with RETURNING.'),
  }),
  run: async (input, ctx) =>
    await inDatabase(ctx, { ...input, isReadOnly: false }, async (session) => {
      const result = await session.execute(writeStatement(session, input), {
        maxRows: input.max_rows,
        maxBytes: input.max_bytes,
      });
      return { affected: result.affected, rows: allRows(result, input) };
    }),
});
