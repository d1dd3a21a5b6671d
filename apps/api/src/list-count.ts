import type { PoolClient } from 'pg';
import type { SqlParameters } from './page.ts';

/** Beyond this, counting costs more than the number is worth. */
export const MAX_COUNT = 10_000;

export type ListCount = {
  readonly count: number;
  /** False: there are more than that. */
  readonly isExact: boolean;
};

/** Counts rows, but no further than to the bound. `from` is what stands behind `select … `. */
export const countRows = async (
  client: PoolClient,
  { from, parameters, max }: Readonly<{ from: string; parameters: SqlParameters; max: number }>,
): Promise<ListCount> => {
  const bound = Math.min(Math.max(max, 0), MAX_COUNT);
  const sql = `select count(*)::int as count from (select 1 ${from} limit ${bound + 1}) counted`;
  const { rows } = await client.query<{ readonly count: number }>(sql, parameters.values);
  const count = rows[0]?.count ?? 0;
  return { count: Math.min(count, bound), isExact: count <= bound };
};
