import { afterAll, beforeAll, expect, test } from 'vitest';
import { chainOf, openHarness, type RuntimeHarness } from './runtime-harness.ts';
import { createWorkerProcesses, type WorkerProcesses } from './worker-processes.ts';

const PATIENTLY = { timeout: 20_000 };
const BLOCKED_COMMITS = `select 1 from pg_stat_activity
  where datname = current_database() and application_name = 'ia-worker-log' and wait_event_type = 'Lock'`;

let harness: RuntimeHarness;
let workers: WorkerProcesses;

beforeAll(async () => {
  harness = await openHarness();
  workers = createWorkerProcesses(harness.databaseUrl);
});
afterAll(async () => {
  await workers.close();
  await harness.close();
});

test('a fork whose worker is killed before what it repeats is written repeats it then, and does nothing twice', async () => {
  const { fixtures } = harness;
  const { pool } = fixtures;
  const steps = ['a', 'b', 'c'].map((id) => ({ id, uses: 'test.effect' }));
  const pipeline = await harness.create(chainOf('line', steps));
  const first = workers.start();
  await first.leading;
  const runId = await fixtures.startRun(pipeline);
  await fixtures.untilEnded(runId);
  await first.kill('SIGTERM');

  const forkId = await harness.startRun(pipeline, {
    origin: { kind: 'fork', runId },
    setup: { fork: { stepId: 'c' } },
  });
  const lock = await pool.connect();
  await lock.query('begin');
  await lock.query('select 1 from runs where id = $1 for update', [forkId]);
  const killed = workers.start();
  await expect.poll(async () => (await pool.query(BLOCKED_COMMITS)).rowCount, PATIENTLY).toBe(1);
  await killed.kill('SIGKILL');
  await lock.query('rollback');
  lock.release();
  expect(await fixtures.readRun(forkId)).toMatchObject({ status: 'pending', lastSeq: 0 });

  workers.start();
  expect(await fixtures.untilEnded(forkId)).toMatchObject({ status: 'succeeded' });
  expect(workers.effects().filter((key) => key.startsWith(forkId))).toEqual([`${forkId}/c//`]);
});
