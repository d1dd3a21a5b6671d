import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';
import { createWorkerProcesses, type WorkerProcesses } from './worker-processes.ts';

const PATIENTLY = { timeout: 20_000 };
/** Far more than it takes until a run is given up. */
const MAX_LIVES = 20;

let harness: RuntimeHarness;
let workers: WorkerProcesses;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(() => {
  workers = createWorkerProcesses(harness.databaseUrl);
});
afterEach(async () => {
  await workers.close();
  await harness.stopAll();
});

const recoveriesOf = async (runId: string): Promise<number> => {
  const { rows } = await harness.fixtures.pool.query<{ recoveries: number }>(
    'select recoveries from runs where id = $1',
    [runId],
  );
  return rows[0]?.recoveries ?? -1;
};

const statusOf = async (runId: string): Promise<string> => (await harness.fixtures.readRun(runId)).status;

test('a run that ends its worker again and again fails by its name, and the others end well', async () => {
  const poison = await harness.create(chainOf('poison', [{ id: 'a', uses: 'test.die' }]));
  const innocent = await harness.create(
    chainOf('innocent', [
      { id: 'a', uses: 'test.echo' },
      { id: 'w', uses: 'core.wait', with: { signal: 'go' } },
      { id: 'b', uses: 'test.echo' },
    ]),
  );
  const busy = await harness.create(chainOf('busy', [{ id: 'a', uses: 'test.hang' }]));
  const worker = workers.start();
  await worker.leading;
  const others = await Promise.all([1, 2, 3].map(() => harness.fixtures.startRun(innocent)));
  for (const runId of others) await expect.poll(() => statusOf(runId), PATIENTLY).toBe('waiting');
  const atWork = await harness.fixtures.startRun(busy);
  await expect.poll(() => statusOf(atWork), PATIENTLY).toBe('running');
  const bad = await harness.fixtures.startRun(poison);
  await worker.exited;
  // The elder is tried first.
  await harness.fixtures.pool.query(`update runs set created_at = created_at - interval '1 minute' where id = $1`, [
    bad,
  ]);
  const ended = harness.fixtures.untilEnded(bad);
  let lives = 1;
  while ((await statusOf(bad)) !== 'failed' && lives < MAX_LIVES) {
    lives += 1;
    await Promise.race([workers.start().exited, ended]);
  }
  expect(await harness.fixtures.readRun(bad)).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_POISON' } });
  expect(workers.effects().filter((key) => key.startsWith(bad)).length).toBeLessThan(lives);
  for (const runId of others) {
    await harness.fixtures.tellRun(innocent, runId, { kind: 'signal', payload: { name: 'go', payload: null } });
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  }
  await harness.fixtures.cancelRun(busy, atWork, 'enough');
  expect(await harness.fixtures.untilEnded(atWork)).toMatchObject({ status: 'canceled' });
  await harness.fixtures.cancelRun(poison, bad, 'too late');
  await expect.poll(() => harness.unanswered(bad), PATIENTLY).toBe(0);
}, 60_000);

test('a stop that was asked for counts against no run', async () => {
  const pipeline = await harness.create(chainOf('slow', [{ id: 'a', uses: 'test.hang' }]));
  // Whoever held the lease before gave it back.
  await harness.start(createObservedWork().execute);
  await harness.stopAll();
  const runId = await harness.fixtures.startRun(pipeline);
  for (let round = 1; round <= 2; round += 1) {
    const worker = workers.start();
    await expect.poll(() => workers.effects().length, PATIENTLY).toBe(round);
    await worker.kill('SIGTERM');
  }
  expect(await recoveriesOf(runId)).toBe(0);
  await harness.start(createObservedWork().execute);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
});
