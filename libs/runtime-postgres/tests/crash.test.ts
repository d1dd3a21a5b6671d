import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '@ia-modules/engine';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

const WORKER = fileURLToPath(new URL('crash-worker.ts', import.meta.url));
const STEPS = ['a', 'b', 'c', 'd', 'e'];

/** Two chains side by side that meet in a join, with a wait on the way. */
const CROSSED = {
  name: 'crossed',
  steps: [
    ...STEPS.map((id) => ({ id, uses: 'test.effect' })),
    ...STEPS.map((id) => ({ id: `${id}2`, uses: 'test.effect' })),
    { id: 'nap', uses: 'core.wait', with: { duration: '20ms' } },
    { id: 'join', uses: 'core.noop' },
  ],
  flow: {
    transitions: [
      ...STEPS.slice(1).flatMap((id, position) => [
        { from: STEPS[position], to: id },
        { from: `${STEPS[position]}2`, to: `${id}2` },
      ]),
      { from: 'e', to: 'join' },
      { from: 'e2', to: 'nap' },
      { from: 'nap', to: 'join' },
    ],
  },
};

let database: TestDatabase;
let fixtures: RunFixtures;
let directory: string;
let effectsFile: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
});

afterAll(async () => {
  await fixtures.close();
  await database.drop();
});

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'ia-crash-'));
  effectsFile = path.join(directory, 'effects');
  writeFileSync(effectsFile, '');
});

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  rmSync(directory, { recursive: true });
});

/** Starts a worker and waits until it holds the lease. */
const startWorker = async (
  options: { readonly taskMs?: number; readonly leaseTtlMs?: number } = {},
): Promise<ChildProcess> => {
  const { taskMs = 5, leaseTtlMs = 300 } = options;
  const args = ['--conditions=ia-src', WORKER, database.urls.worker, effectsFile, String(taskMs), String(leaseTtlMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error('The worker ended before it led.')));
  });
  return child;
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
};

const effects = (): string[] => readFileSync(effectsFile, 'utf8').split('\n').filter(Boolean);

const finishedKeys = async (runs: readonly string[]): Promise<string[]> => {
  const logs = await Promise.all(runs.map((runId) => fixtures.events(runId)));
  return logs.flat().filter(isTaskSuccess).map(toIdempotencyKey);
};

const isTaskSuccess = (event: RunEvent): boolean => event.type === 'task_succeeded';
const toIdempotencyKey = (event: RunEvent): string => `${event.runId}/${event.stepId}//`;

const expectWholeLog = async (runId: string): Promise<void> => {
  const events = await fixtures.events(runId);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, position) => position + 1));
  const successes = events.filter(isTaskSuccess).map(toIdempotencyKey);
  expect(new Set(successes).size).toBe(successes.length);
  expect(successes).toHaveLength(STEPS.length * 2);
  expect(events.at(-1)?.type).toBe('run_succeeded');
};

// Each of the killed workers holds its lease to the end.
test('kill -9 in the middle of runs: no event is lost or doubled, and finished steps do not run again', {
  timeout: 120_000,
}, async () => {
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('crash'), CROSSED);
  const runs = await Promise.all(Array.from({ length: 12 }, () => fixtures.startRun(pipeline)));
  const redone: string[] = [];

  for (const wantedEffects of [10, 30, 50, 70, 90, 110]) {
    const [finished, before] = [new Set(await finishedKeys(runs)), effects().length];
    const worker = await startWorker();
    await expect.poll(() => effects().length, { interval: 2, timeout: 20_000 }).toBeGreaterThanOrEqual(wantedEffects);
    await kill(worker);
    redone.push(
      ...effects()
        .slice(before)
        .filter((key) => finished.has(key)),
    );
  }

  await startWorker();
  for (const runId of runs) {
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
    await expectWholeLog(runId);
  }
  expect(redone).toEqual([]);
});

test('a worker that was frozen past its lease commits nothing when it thaws', async () => {
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('frozen'), CROSSED);
  const frozen = await startWorker();
  const runs = await Promise.all(Array.from({ length: 5 }, () => fixtures.startRun(pipeline)));
  await expect.poll(() => effects().length, { interval: 2, timeout: 20_000 }).toBeGreaterThanOrEqual(5);
  frozen.kill('SIGSTOP');

  await startWorker();
  for (const runId of runs) await fixtures.untilEnded(runId);
  const seqsBefore = await Promise.all(runs.map((runId) => fixtures.readRun(runId)));
  frozen.kill('SIGCONT');
  // A later run shows that the thawed worker, which stands by by now, leaves the work to the other one.
  const later = await fixtures.startRun(pipeline);
  await fixtures.untilEnded(later);

  expect(await Promise.all(runs.map((runId) => fixtures.readRun(runId)))).toEqual(seqsBefore);
  for (const runId of [...runs, later]) await expectWholeLog(runId);
  const workers = (await fixtures.events(later)).flatMap((event) =>
    event.type === 'task_started' ? event.data.worker : [],
  );
  expect(new Set(workers)).not.toContain(String(frozen.pid));
});

test('a result whose task_succeeded was not committed when its worker was killed is made again, and then kept', async () => {
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('uncommitted'), {
    name: 'cached',
    steps: [{ id: 'a', uses: 'test.effect', cache: { key: 'always', ttl: '1h' } }],
  });
  const countResults = async (): Promise<number> =>
    (await fixtures.pool.query<{ count: number }>('select count(*)::int as count from step_results')).rows[0]?.count ??
    -1;
  const lock = await fixtures.pool.connect();
  let first: string;
  try {
    await lock.query('begin');
    await lock.query('lock table step_results in share mode'); // the commit of the result waits for it
    const killed = await startWorker();
    first = await fixtures.startRun(pipeline);
    await expect.poll(() => effects().length, { interval: 2, timeout: 20_000 }).toBe(1);
    await kill(killed);
  } finally {
    await lock.query('rollback');
    lock.release();
  }
  expect(await countResults()).toBe(0);

  await startWorker();
  await fixtures.untilEnded(first);
  expect(effects()).toHaveLength(2);
  const second = await fixtures.startRun(pipeline);
  expect(await fixtures.untilEnded(second)).toMatchObject({ status: 'succeeded' });
  expect(effects()).toHaveLength(2);
  expect(await countResults()).toBe(1);
});
