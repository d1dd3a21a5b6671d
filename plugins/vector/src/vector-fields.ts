import { connectionFields, tableName } from '@ia-modules/plugin-sql';
import { z } from 'zod';

const MAX_DIMENSIONS = 16_000;

export const tableFields = {
  ...connectionFields,
  connection: connectionFields.connection.regex(/^postgres(ql)?:/, 'must start with postgres://'),
  table: tableName,
  backend: z
    .enum(['auto', 'pgvector', 'exact'])
    .default('auto')
    .describe(
      '`pgvector` keeps vectors of that extension; `exact` keeps lists of numbers and compares with each of them. `auto` takes what the table has, or pgvector where it is installed.',
    ),
};

const fields = z.object(tableFields);
export type TableFields = z.infer<typeof fields>;

export const embedding = z.array(z.number()).min(1).max(MAX_DIMENSIONS);
