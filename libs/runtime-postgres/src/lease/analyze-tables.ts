import type { Pool } from 'pg';

const TABLES = ['runs', 'run_event_chunks', 'run_commands', 'approvals', 'metric_rollups'];

/** Those that have doubled since the server last looked at them, and may be analyzed by the worker's role. */
const FIND_GROWN = `select s.relname as name from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where s.schemaname = 'public' and s.relname = any($1) and s.n_mod_since_analyze > 1000 + greatest(c.reltuples, 0)
    and case when current_setting('server_version_num')::integer >= 170000
      then has_table_privilege(s.relid, 'maintain') else false end`;

/**
 * Tells the planner how large the tables have become. The server's own round comes once a minute: until then, plans for tables
 * that it takes for empty read all runs of a tenant where one is meant.
 */
export const analyzeGrownTables = async (pool: Pool): Promise<void> => {
  const { rows } = await pool.query<{ name: string }>(FIND_GROWN, [TABLES]);
  for (const { name } of rows) await pool.query(`analyze public.${name}`);
};
