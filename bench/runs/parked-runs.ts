import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Summary, summarize } from '@ia-modules/benchmark';
import type { ApprovalDecision } from '@ia-modules/engine';
import type { PipelineFixture } from '@ia-modules/runtime-postgres/testing';
import type { Pool } from 'pg';
import { waitForApproval } from './pipelines.ts';
import type { BenchPlatform } from './platform.ts';
import { startWorkerProcess, type WorkerMemory } from './worker-process.ts';

const WARM_UP_RUNS = 200;
/** Counting thousands of rows is work too. */
const COUNT_POLL_MS = 200;
const END_POLL_MS = 5;
const PATIENCE_MS = 180_000;

export type ParkedRuns = {
  readonly runs: number;
  readonly before: WorkerMemory;
  readonly after: WorkerMemory;
  readonly parkSeconds: number;
  readonly restartToLeadingSeconds: number;
  /** Until a run whose approval was decided while no worker was there has ended. */
  readonly restartToAnswerSeconds: number;
  readonly answerMs: Summary;
};

const INSERT_RUNS = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
  select gen_random_uuid(), $1, $2, $3, '{}', '{"type":"manual"}', 7, 'bench' from generate_series(1, $4::int)`;
const COUNT_PARKED = `select count(*)::int as count from runs where pipeline_id = $1 and status = 'waiting' and is_parked`;
const OPEN_APPROVALS = `select approvals.run_id as "runId", approvals.key from approvals join runs on runs.id = approvals.run_id
  where runs.pipeline_id = $1 and approvals.status = 'open' order by approvals.requested_at limit $2`;

type OpenApproval = { readonly runId: string; readonly key: string };

const until = async (what: string, pollMs: number, isReached: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReached())) {
    if (performance.now() > deadline) throw new Error(`${what}: not after ${PATIENCE_MS / 1_000} s`);
    await delay(pollMs);
  }
};

const park = async (pool: Pool, pipeline: PipelineFixture, count: number): Promise<void> => {
  const { tenantId, pipelineId, versionId } = pipeline;
  await pool.query(INSERT_RUNS, [tenantId, pipelineId, versionId, count]);
  await pool.query("notify run_inbox, ''");
  await until(`${count} parked runs`, COUNT_POLL_MS, async () => {
    const { rows } = await pool.query<{ count: number }>(COUNT_PARKED, [pipelineId]);
    return rows[0]?.count === count;
  });
};

const approve = async (pool: Pool, tenantId: string, { runId, key }: OpenApproval): Promise<void> => {
  const decision: { readonly key: string } & ApprovalDecision = {
    key,
    decision: 'approve',
    by: 'bench',
    roles: ['owner'],
  };
  await pool.query(
    `insert into run_commands (tenant_id, run_id, kind, payload, requested_by) values ($1, $2, 'decide_approval', $3, 'bench')`,
    [tenantId, runId, JSON.stringify(decision)],
  );
  await pool.query("notify run_inbox, ''");
};

/** Many runs that wait for a person: what they cost a worker that has nothing to do for them, and a worker that takes over. */
export const measureParkedRuns = async (
  platform: BenchPlatform,
  { runs, rounds }: Readonly<{ runs: number; rounds: number }>,
): Promise<ParkedRuns> => {
  const { fixtures, workerUrl } = platform;
  const { pool } = fixtures;
  const warmUp = await platform.createPipeline(waitForApproval);
  const pipeline = await platform.createPipeline(waitForApproval);

  await using first = startWorkerProcess(workerUrl);
  await first.leading;
  await park(pool, warmUp, WARM_UP_RUNS);
  await pool.query('analyze');
  const before = await first.readMemory();
  const parkedAt = performance.now();
  await park(pool, pipeline, runs);
  const parkSeconds = (performance.now() - parkedAt) / 1_000;
  const after = await first.readMemory();
  await first.stop();

  const { rows: approvals } = await pool.query<OpenApproval>(OPEN_APPROVALS, [pipeline.pipelineId, rounds + 1]);
  const [early, ...later] = approvals;
  if (early === undefined) throw new Error('no approval is open');
  await approve(pool, pipeline.tenantId, early);
  const restartedAt = performance.now();
  const sinceRestart = (): number => (performance.now() - restartedAt) / 1_000;
  await using second = startWorkerProcess(workerUrl);
  const leading = second.leading.then(sinceRestart);
  await untilSucceeded(platform, early);
  const restartToAnswerSeconds = sinceRestart();
  const restartToLeadingSeconds = await leading;

  const answers: number[] = [];
  for (const approval of later) {
    const decidedAt = performance.now();
    await approve(pool, pipeline.tenantId, approval);
    await untilSucceeded(platform, approval);
    answers.push(performance.now() - decidedAt);
  }
  await second.stop();
  const answerMs = summarize(answers);
  return { runs, before, after, parkSeconds, restartToLeadingSeconds, restartToAnswerSeconds, answerMs };
};

const untilSucceeded = ({ fixtures }: BenchPlatform, { runId }: OpenApproval): Promise<void> =>
  until('the end of an approved run', END_POLL_MS, async () => (await fixtures.readRun(runId)).status === 'succeeded');
