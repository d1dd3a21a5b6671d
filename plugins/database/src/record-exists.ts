import { defineCondition, type Json } from '@ia-modules/plugin-sdk';
import { connectionFields, tableName } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { columnName } from './database-fields.ts';
import { databases } from './databases.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const recordExists = defineCondition({
  name: 'record_exists',
  title: 'A record is there',
  description: 'Holds when a table has a row whose columns are as given.',
  config: z.strictObject({
    ...connectionFields,
    table: tableName,
    where: z.record(columnName, scalar).describe('Columns with what stands in them; null for nothing.'),
  }),
  evaluate: async ({ config }, ctx) =>
    await databases.run(ctx, { ...config, isReadOnly: true }, async (session) => {
      const statement = session.build((knex) =>
        knex(config.table)
          .select(knex.raw('1 as found'))
          .where(config.where as Record<string, Json & string>)
          .limit(1),
      );
      const { rows } = await session.execute(statement, { maxRows: 1, maxBytes: 1_000 });
      return rows.length > 0;
    }),
});
