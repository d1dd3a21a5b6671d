import type { Pool } from 'pg';
import { openPipeline } from './durable-runs.ts';
import { applyLoad, type LoadShape } from './load.ts';
import { NOOP, stepsInARow } from './pipelines.ts';
import type { BenchPlatform } from './platform.ts';
import { STEPS } from './subject.ts';

export type StepStorage = {
  readonly atOnce: number;
  readonly runs: number;
  /** Bytes for each step that does nothing. */
  readonly log: number;
  readonly allTables: number;
  readonly writeAheadLog: number;
};

type Sizes = { readonly log: number; readonly allTables: number; readonly writeAheadLog: number };

const readSizes = async (pool: Pool): Promise<Sizes> => {
  const { rows } = await pool.query<Sizes>(`
    select pg_total_relation_size('run_event_chunks')::float8 as "log",
      (select sum(pg_total_relation_size(oid))::float8 from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace) as "allTables",
      (pg_current_wal_lsn() - '0/0')::float8 as "writeAheadLog"`);
  if (rows[0] === undefined) throw new Error('the database tells no sizes');
  return rows[0];
};

/** How much the database grows by a step: tables with their indexes, and what is written ahead for them. */
export const measureStorage = async (
  platform: BenchPlatform,
  loads: readonly LoadShape[],
): Promise<readonly StepStorage[]> => {
  const { pool } = platform.fixtures;
  await using pipeline = await openPipeline(platform, stepsInARow(STEPS, NOOP));
  const storages: StepStorage[] = [];
  for (const load of loads) {
    await pool.query('analyze');
    await pool.query('checkpoint');
    const before = await readSizes(pool);
    const { runs } = await applyLoad(pipeline.start, load);
    const after = await readSizes(pool);
    const perStep = (name: keyof Sizes): number => (after[name] - before[name]) / (runs * STEPS);
    storages.push({
      atOnce: load.atOnce,
      runs,
      log: perStep('log'),
      allTables: perStep('allTables'),
      writeAheadLog: perStep('writeAheadLog'),
    });
  }
  return storages;
};
