import { defineStep } from '@ia-modules/plugin-sdk';
import { connectionFields } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { resultFields, rows, statementFields } from './database-fields.ts';
import { databases } from './databases.ts';
import { allRows, writeStatement } from './write-statement.ts';

export const databaseExecute = defineStep({
  name: 'execute',
  title: 'Change a database',
  description: 'Runs one statement that writes, in a transaction of its own.',
  input: z.strictObject({ ...connectionFields, ...statementFields, ...resultFields }),
  output: z.object({
    affected: z.int().describe('How many rows were written.'),
    rows: rows.describe('What the statement returns, as with RETURNING.'),
  }),
  run: async (input, ctx) =>
    await databases.run(ctx, { ...input, isReadOnly: false }, async (session) => {
      const result = await session.execute(writeStatement(session, input), {
        maxRows: input.max_rows,
        maxBytes: input.max_bytes,
      });
      return { affected: result.affected, rows: allRows(result, input) };
    }),
});
