import { randomUUID } from 'node:crypto';
import { createPool } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import { MOST_AT_ONCE } from './scale.ts';
import { STEPS, type Subject, timeRun } from './subject.ts';

const TABLES = `
  create table runs (id uuid primary key, status text not null);
  create table steps (run_id uuid not null, position smallint not null, output jsonb not null, primary key (run_id, position));`;

const WHOLE_RUN = {
  name: 'whole_run',
  text: `with run as (insert into runs values ($1, 'succeeded'))
    insert into steps select $1, position, '{}' from generate_series(1, ${STEPS}) position`,
};

const FIRST_STEP = {
  name: 'first_step',
  text: `with run as (insert into runs values ($1, 'running')) insert into steps values ($1, $2, '{}')`,
};
const STEP = { name: 'step', text: `insert into steps values ($1, $2, '{}')` };
const LAST_STEP = {
  name: 'last_step',
  text: `with run as (update runs set status = 'succeeded' where id = $1) insert into steps values ($1, $2, '{}')`,
};

const statementOf = (position: number): typeof STEP => {
  if (position === 1) return FIRST_STEP;
  return position === STEPS ? LAST_STEP : STEP;
};

const writeRun = async (pool: Pool): Promise<number> => {
  const { rowCount } = await pool.query({ ...WHOLE_RUN, values: [randomUUID()] });
  return rowCount ?? 0;
};

const writeSteps = async (pool: Pool): Promise<number> => {
  const runId = randomUUID();
  let steps = 0;
  for (let position = 1; position <= STEPS; position += 1) {
    const { rowCount } = await pool.query({ ...statementOf(position), values: [runId, position] });
    steps += rowCount ?? 0;
  }
  return steps;
};

const rawSubject = (
  { name, database, method }: Readonly<{ name: string; database: string; method: string }>,
  write: (pool: Pool) => Promise<number>,
): Subject => ({
  name,
  method,
  open: async (server) => {
    const url = await server.createDatabase(database);
    const pool = createPool({ url, applicationName: 'bench', maxConnections: MOST_AT_ONCE });
    await pool.query(TABLES);
    return { start: timeRun(() => write(pool)), [Symbol.asyncDispose]: () => pool.end() };
  },
});

/** What the database itself can do, with plain tables and no engine. */
export const rawPostgresByRun = rawSubject(
  {
    name: 'raw Postgres, a commit a run',
    database: 'raw_runs',
    method: 'one statement writes the run and its steps into two plain tables',
  },
  writeRun,
);

export const rawPostgresByStep = rawSubject(
  {
    name: 'raw Postgres, a commit a step',
    database: 'raw_steps',
    method: 'a statement a step; the first one also inserts the run, the last one ends it',
  },
  writeSteps,
);
