import { type Json, PluginError } from '@ia-modules/plugin-sdk';
import type { SqlResult, SqlSession, SqlStatement } from '@ia-modules/plugin-sql';

export type WrittenStatement = {
  readonly sql: string;
  readonly bindings: readonly Json[] | Readonly<Record<string, Json>>;
};

/** Puts bindings where `?` and `:name` stand; a statement without any is taken as it is. */
export const writeStatement = (session: SqlSession, { sql, bindings }: WrittenStatement): SqlStatement => {
  if (Object.keys(bindings).length === 0) return { sql, bindings: [] };
  try {
    return session.build((knex) => knex.raw(sql, bindings as never));
  } catch {
    throw new PluginError({
      code: 'IA_PLUGIN_INPUT',
      message: 'The bindings are not as many as their places in the statement.',
      hint: 'Write a ? that is an operator as \\?.',
    });
  }
};

type Bounds = { readonly max_rows: number; readonly max_bytes: number };

export const tooMuch = ({ max_rows, max_bytes }: Bounds): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The statement gives more than ${max_rows} rows or ${max_bytes} bytes.`,
    hint: 'Add a LIMIT, raise max_rows or max_bytes, or set on_limit to truncate.',
  });

/** Rows that a write gives back are part of what it did: too many of them undo it. */
export const allRows = (result: SqlResult, bounds: Bounds) => {
  if (result.hasMore) throw tooMuch(bounds);
  return [...result.rows];
};
