/**
 * Measures what a flood by one tenant does to another: how long the runs of a small tenant wait for their start, alone and beside
 * 5,000 runs of another, and how the places are shared while both have more than fits. PostgreSQL is its own, with fsync on.
 * `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- fairness [--write]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { formatTable, summarize } from '@ia-modules/benchmark';
import { createRuntime } from '@ia-modules/runtime-postgres';
import { jainsIndex } from './fairness/jains-index.ts';
import { type EndedRun, type TenantRuns, tenantRuns } from './fairness/tenant-runs.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchPlatform, openPlatform } from './runs/platform.ts';
import { stepsInARow, TASK } from './runs/pipelines.ts';
import { startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

const FLOOD_RUNS = 5_000;
const SMALL_RUNS = 100;
const EVERY_MS = 100;
const BURST_RUNS = 500;
const TASK_MS = 500;
const WARM_UP_RUNS = 200;

type Tenants = { readonly flood: TenantRuns; readonly small: TenantRuns };

const openTenants = async ({ fixtures }: BenchPlatform, scene: string): Promise<Tenants> => {
  const open = async (name: string): Promise<TenantRuns> => {
    const tenantId = await fixtures.createTenant(`${scene}-${name}`);
    return tenantRuns(fixtures, await fixtures.createPipeline(tenantId, stepsInARow(1, TASK)));
  };
  return { flood: await open('flood'), small: await open('small') };
};

const sendOneByOne = async (runs: TenantRuns): Promise<void> => {
  for (let sent = 0; sent < SMALL_RUNS; sent += 1) {
    await runs.create(1);
    await delay(EVERY_MS);
  }
};

const waitsOf = (runs: readonly EndedRun[]): number[] => runs.map(({ createdAt, startedAt }) => startedAt - createdAt);

const measureAlone = async (platform: BenchPlatform): Promise<readonly EndedRun[]> => {
  const { small } = await openTenants(platform, 'alone');
  await sendOneByOne(small);
  return small.untilEnded();
};

const measureBesideFlood = async (platform: BenchPlatform): Promise<readonly EndedRun[]> => {
  const { flood, small } = await openTenants(platform, 'beside');
  await flood.create(FLOOD_RUNS);
  await sendOneByOne(small);
  const [, ofSmall] = await Promise.all([flood.untilEnded(), small.untilEnded()]);
  return ofSmall;
};

const measureShares = async (platform: BenchPlatform): Promise<number> => {
  const { flood, small } = await openTenants(platform, 'shares');
  await flood.create(FLOOD_RUNS);
  await delay(TASK_MS * 3);
  await small.create(BURST_RUNS);
  return jainsIndex(await Promise.all([flood.untilEnded(), small.untilEnded()]));
};

const rowOf = (name: string, runs: readonly EndedRun[]): (string | number)[] => {
  const waits = summarize(waitsOf(runs));
  return [name, runs.length, waits.median, waits.p99];
};

const measureAll = async (platform: BenchPlatform): Promise<string> => {
  const runtime = createRuntime({
    databaseUrl: platform.workerUrl,
    executorFor: () => ({ execute: ({ input }) => delay(TASK_MS, input) }),
  });
  try {
    await runtime.leading;
    const { small: warmUp } = await openTenants(platform, 'warm-up');
    await warmUp.create(WARM_UP_RUNS);
    await warmUp.untilEnded();
    const rows = [
      rowOf('alone', await measureAlone(platform)),
      rowOf(`beside ${FLOOD_RUNS} runs of another tenant`, await measureBesideFlood(platform)),
    ];
    const index = await measureShares(platform);
    return [
      formatTable(['a run every 100 ms', 'runs', 'wait for the start p50 ms', 'p99 ms'], rows),
      `${FLOOD_RUNS} runs of one tenant, then ${BURST_RUNS} of another: Jain's index ${index.toFixed(3)} over the time of places ` +
        'while both had runs waiting.',
    ].join('\n\n');
  } finally {
    await runtime.stop();
  }
};

const measure = async (): Promise<string> => {
  const interrupted = untilInterrupted();
  await using server = await startServer();
  await using platform = await openPlatform(server);
  return await Promise.race([measureAll(platform), interrupted]);
};

try {
  const text = [
    '## A flood by one tenant',
    `${describeMachine()} A run is one task of ${TASK_MS} ms; 200 runs work at once. \`npm run bench -- fairness\` measures again.`,
    await measure(),
  ].join('\n\n');
  process.stdout.write(`${text}\n`);
  if (process.argv.includes('--write')) writeSection('fairness', text);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  // What was interrupted goes on otherwise.
  process.exit(1);
}
