import type { Pool } from 'pg';

const DAY_MS = 24 * 60 * 60 * 1_000;
export const MINUTES_KEPT_DAYS = 7;
const HOURS_KEPT_DAYS = 400;
const MAX_ROWS = 5_000;

const RETIRE = 'select retire_metrics($1, $2, $3) as retired';

/** Removes some of the figures that are older than they are kept; says whether another pass would find more. */
export const retireMetrics = async (pool: Pool, now: number): Promise<boolean> => {
  const daysAgo = (days: number): Date => new Date(now - days * DAY_MS);
  const { rows } = await pool.query<{ retired: number }>(RETIRE, [
    daysAgo(MINUTES_KEPT_DAYS),
    daysAgo(HOURS_KEPT_DAYS),
    MAX_ROWS,
  ]);
  return (rows[0]?.retired ?? 0) >= MAX_ROWS;
};
