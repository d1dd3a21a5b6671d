import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTotals, totalsOfLogs } from './metered-rows.ts';
import { chainOf, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const WORKER = fileURLToPath(new URL('crash-worker.ts', import.meta.url));
const RUNS = 120;
const PATIENTLY = { interval: 5, timeout: 20_000 };

let harness: RuntimeHarness;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  harness = await openHarness();
  folder = mkdtempSync(path.join(tmpdir(), 'ia-metering-'));
});
afterAll(async () => {
  await Promise.all(children.map(kill));
  rmSync(folder, { recursive: true });
  await harness.close();
});

const startWorker = async (): Promise<ChildProcess> => {
  const args = ['--conditions=ia-src', WORKER, harness.databaseUrl, path.join(folder, 'effects'), '1', '300'];
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

test('kill -9 between the ends of runs and their metering: each run counts once', async () => {
  const steps = ['a', 'b'].map((id) => ({ id, uses: 'test.effect' }));
  const pipeline = await harness.create(chainOf('killed', steps));
  const runs = await Promise.all(Array.from({ length: RUNS }, () => harness.startRun(pipeline)));
  const count = async (condition: string): Promise<number> => {
    const { rows } = await harness.fixtures.pool.query<{ count: number }>(
      `select count(*)::int as count from runs where pipeline_id = $1 and ${condition}`,
      [pipeline.pipelineId],
    );
    return rows[0]?.count ?? 0;
  };
  for (const wanted of ['finished_at is not null', 'is_metered', 'finished_at is not null']) {
    const before = await count(wanted);
    const worker = await startWorker();
    await expect.poll(() => count(wanted), PATIENTLY).toBeGreaterThan(Math.min(before, RUNS - 1));
    await kill(worker);
  }
  await startWorker();
  await expect.poll(() => count('is_metered'), PATIENTLY).toBe(RUNS);
  const logs = await Promise.all(runs.map((runId) => harness.fixtures.events(runId)));
  const expected = totalsOfLogs(logs);
  expect(expected[' succeeded']?.count).toBe(RUNS);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toEqual(expected);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 3600)).toEqual(expected);
});
