import { defineStep, type Json, PluginError } from '@ia-modules/plugin-sdk';
import { connectionFields, tableName, type SqlSession, type SqlStatement } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { columnName } from './database-fields.ts';
import { databases } from './databases.ts';

/** PostgreSQL takes 65,535 bindings in a statement, SQLite 32,766. */
const MAX_BINDINGS_AT_ONCE = 30_000;
const MAX_ROWS_AT_ONCE = 500;

const input = z.strictObject({
  ...connectionFields,
  table: tableName,
  rows: z
    .array(z.record(columnName, z.custom<Json>()))
    .min(1)
    .max(50_000)
    .describe('Each an object by column; all have the same columns.'),
  on_conflict: z
    .enum(['fail', 'ignore', 'update'])
    .default('fail')
    .describe('What happens with a row that is there already.'),
  conflict_columns: z
    .array(columnName)
    .min(1)
    .max(20)
    .optional()
    .describe('What tells that a row is there: the columns of a unique index. Needed for `update`.'),
  json_columns: z
    .array(columnName)
    .max(100)
    .default([])
    .describe('Columns of JSON: their lists are written as JSON rather than as lists of the database.'),
});
type InsertInput = z.infer<typeof input>;

export const databaseInsert = defineStep({
  name: 'insert',
  title: 'Insert rows',
  description: 'Inserts rows in batches within one transaction: all of them, or none.',
  input,
  output: z.object({ affected: z.int().describe('How many rows were inserted or updated.') }),
  run: async (wanted, ctx) => {
    checkRows(wanted);
    return await databases.run(ctx, { ...wanted, isReadOnly: false }, async (session) => {
      const batchRows = batchSizeOf(wanted);
      let affected = 0;
      for (let start = 0; start < wanted.rows.length; start += batchRows) {
        const batch = wanted.rows.slice(start, start + batchRows);
        const result = await session.execute(writeInsert(session, wanted, batch), { maxRows: 1, maxBytes: 1 });
        affected += result.affected;
        ctx.progress((start + batch.length) / wanted.rows.length);
      }
      return { affected };
    });
  },
});

type Row = InsertInput['rows'][number];

const writeInsert = (session: SqlSession, wanted: InsertInput, rows: readonly Row[]): SqlStatement =>
  session.build((knex) => {
    const insert = knex(wanted.table).insert(rows.map((row) => withJson(row, wanted.json_columns)));
    if (wanted.on_conflict === 'fail') return insert;
    const { conflict_columns: columns } = wanted;
    if (wanted.on_conflict === 'update') return insert.onConflict(columns ?? []).merge();
    return columns === undefined ? insert.onConflict().ignore() : insert.onConflict(columns).ignore();
  });

const withJson = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, columns.includes(name) ? JSON.stringify(value) : value]),
  );

const columnsOf = (row: Row): string => Object.keys(row).toSorted().join(',');

const checkRows = ({ rows, on_conflict, conflict_columns }: InsertInput): void => {
  const columns = columnsOf(rows[0] ?? {});
  if (columns === '') throw notValid('A row has no columns.');
  if (!rows.every((row) => columnsOf(row) === columns)) throw notValid('Not all rows have the same columns.');
  if (on_conflict === 'update' && conflict_columns === undefined) {
    throw notValid('To update rows, conflict_columns has to say what tells that they are there.');
  }
};

const batchSizeOf = ({ rows }: InsertInput): number =>
  Math.max(1, Math.min(MAX_ROWS_AT_ONCE, Math.floor(MAX_BINDINGS_AT_ONCE / Object.keys(rows[0] ?? {}).length)));

const notValid = (message: string): PluginError => new PluginError({ code: 'IA_PLUGIN_INPUT', message });
