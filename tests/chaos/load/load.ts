import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@ia-modules/engine';
import type { Pool } from 'pg';
import { insertRun } from '@ia-modules/runtime-postgres';
import type { PipelineFixture, RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Random } from '../harness/random.ts';
import { expectedOutcome, type Outcome } from './expected-outcome.ts';
import { startAnswers } from './answers.ts';
import { LOAD_PIPELINES, type LoadPipeline } from './pipelines.ts';

/** A run that somebody asked for, and what must become of it. */
export type LoadRun = Readonly<{ runId: string; pipeline: string; expected: Outcome }>;

export type Load = {
  /** Runs whose insert was committed: they must end well, whatever happens. */
  readonly acknowledged: readonly LoadRun[];
  /** Starts that were cut off: such a run may be there or not. */
  readonly unclear: readonly LoadRun[];
  /** Why starts were refused or cut off: the codes of the database, or of the connection. */
  readonly refusals: ReadonlySet<string>;
  /** Starts runs until the database refuses one. */
  startUntilRefused(): Promise<void>;
  /** Waits until a further start has succeeded. */
  untilStarted(): Promise<void>;
  /** Starts so many runs of pipelines by chance; false when the database did not answer. */
  start(count: number): Promise<boolean>;
  /** Starts runs until the signal aborts, and keeps about so many open. */
  keepOpen(open: number, signal: AbortSignal): Promise<void>;
  /** How many acknowledged runs have not ended; the database has to answer. */
  countOpen(): Promise<number>;
  /** Waits until every run has ended, through times when the database does not answer. */
  untilEnded(timeoutMs?: number): Promise<void>;
  /** Ends what answers the runs' questions. */
  close(): Promise<void>;
};

type Prepared = Readonly<{ fixture: PipelineFixture; name: string; parameters: JsonObject; expected: Outcome }>;

const POLL_MS = 20;
const AT_ONCE = 10;
const PATIENCE_MS = 60_000;
const MAX_DESCRIBED = 5;
const CREATED_BY = 'chaos';

export const createLoad = async ({
  fixtures,
  random,
  pipelines = LOAD_PIPELINES,
}: Readonly<{ fixtures: RunFixtures; random: Random; pipelines?: readonly LoadPipeline[] }>): Promise<Load> => {
  const { pool } = fixtures;
  const tenantId = await fixtures.createTenant(`chaos-${randomUUID().slice(0, 8)}`);
  const prepared = (
    await Promise.all(pipelines.map((pipeline) => prepare(fixtures, tenantId, { pipeline, pipelines })))
  ).flat();
  const answers = startAnswers(pool, tenantId);
  const acknowledged: LoadRun[] = [];
  const unclear: LoadRun[] = [];
  const refusals = new Set<string>();

  const startOne = async (): Promise<boolean> => {
    const { fixture, name, parameters, expected } = random.pick(prepared);
    const run = { runId: randomUUID(), pipeline: name, expected };
    try {
      await insert(fixtures, fixture, { runId: run.runId, parameters, seed: random.between(0, 1_000_000) });
      acknowledged.push(run);
      return true;
    } catch (error) {
      refusals.add(error instanceof Error && 'code' in error ? String(error.code) : String(error));
      unclear.push(run);
      return false;
    }
  };

  const start = async (count: number): Promise<boolean> =>
    (await Promise.all(Array.from({ length: count }, startOne))).every(Boolean);

  const countOpen = async (): Promise<number> => {
    const { rows } = await pool.query<{ open: number }>(
      'select count(*)::int as open from runs where tenant_id = $1 and finished_at is null',
      [tenantId],
    );
    return rows[0]?.open ?? 0;
  };

  return {
    close: answers.stop,
    acknowledged,
    unclear,
    refusals,
    startUntilRefused: async () => {
      while (await start(AT_ONCE));
    },
    untilStarted: async () => {
      const before = acknowledged.length;
      while (acknowledged.length === before) await delay(POLL_MS);
    },
    start,
    countOpen,
    keepOpen: async (open, signal) => {
      while (!signal.aborted) {
        const missing = await countOpen().then(
          (count) => open - count,
          () => 0,
        );
        if (missing > 0) await start(missing);
        await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    untilEnded: async (timeoutMs = PATIENCE_MS) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const open = await countOpen().catch(() => undefined);
        if (open === 0) return;
        if (Date.now() > deadline) throw new Error(`These runs did not end: ${await describeOpen(pool, tenantId)}`);
        await delay(POLL_MS);
      }
    },
  };
};

const prepare = async (
  fixtures: RunFixtures,
  tenantId: string,
  { pipeline, pipelines }: Readonly<{ pipeline: LoadPipeline; pipelines: readonly LoadPipeline[] }>,
): Promise<readonly Prepared[]> => {
  const { definition, parameters } = pipeline;
  const fixture = await fixtures.createPipeline(tenantId, definition, { name: definition.name });
  const others = pipelines.map((other) => other.definition);
  return Promise.all(
    parameters.map(async (given) => ({
      fixture,
      name: definition.name,
      parameters: given,
      expected: await expectedOutcome(definition, given, others),
    })),
  );
};

/** As the API does: the run and its bell in one transaction, whose commit is the acknowledgement. */
const insert = async (
  { pool }: RunFixtures,
  { tenantId, pipelineId, versionId }: PipelineFixture,
  run: Readonly<{ runId: string; parameters: JsonObject; seed: number }>,
): Promise<void> => {
  const client = await pool.connect();
  let problem: unknown;
  try {
    await client.query('begin');
    await insertRun(client, {
      ...run,
      tenantId,
      pipelineId,
      pipelineVersionId: versionId,
      trigger: { type: 'manual', by: CREATED_BY },
      createdBy: CREATED_BY,
    });
    await client.query('commit');
  } catch (error) {
    problem = error;
    throw error;
  } finally {
    client.release(problem !== undefined);
  }
};

const DESCRIBE_OPEN = `select pipelines.name, runs.id, runs.status, runs.wait_reason, runs.is_parked, runs.wake_at, runs.last_seq::int,
    (select json_agg(json_build_array(kind, consumed_at is not null)) from run_commands where run_id = runs.id) as commands
  from runs join pipelines on pipelines.tenant_id = runs.tenant_id and pipelines.id = runs.pipeline_id
  where runs.tenant_id = $1 and runs.finished_at is null limit ${MAX_DESCRIBED}`;

const describeOpen = async (pool: Pool, tenantId: string): Promise<string> =>
  (await pool.query(DESCRIBE_OPEN, [tenantId])).rows.map((row) => JSON.stringify(row)).join('\n');
