import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { startChaosServer } from './harness/chaos-server.ts';
import { judgeRuns } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS } from './harness/profile.ts';
import type { WorkerState } from './harness/worker-messages.ts';

const MEASURE_MS = 20_000;
const SOAK_MS = 300_000;
const SAMPLE_MS = 10_000;
const SETTLED_AFTER_MS = 60_000;
const FULL_LOAD = 50;
const TICK_MS = 100;
/** What the memory may differ by in the end from what it was after the first minute. */
const FLAT_BYTES = 24 * 1_024 * 1_024;

test('memory stays flat over five minutes at half of what the worker can do', { timeout: TIMEOUT_MS }, async () => {
  const { database } = await startChaosServer();
  const { fixtures, journal, load, startWorker } = await openChaos({ database });
  const worker = startWorker({ taskMs: 0 });
  await worker.leading;

  const measured = new AbortController();
  setTimeout(() => measured.abort(), MEASURE_MS);
  await load.keepOpen(FULL_LOAD, measured.signal);
  const runsPerSecond = load.acknowledged.length / (MEASURE_MS / 1_000);
  await load.untilEnded();

  const startedAt = performance.now();
  const samples: Sample[] = [];
  let started = 0;
  for (let elapsedMs = 0; elapsedMs < SOAK_MS; elapsedMs = performance.now() - startedAt) {
    const due = Math.floor((elapsedMs / 1_000) * (runsPerSecond / 2)) - started;
    started += due;
    await load.start(due);
    if (elapsedMs >= (samples.length + 1) * SAMPLE_MS) samples.push({ ...(await worker.state()), elapsedMs });
    await delay(TICK_MS);
  }
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load }), `seed ${seed}`).toEqual([]);
  const settled = samples.filter(({ elapsedMs }) => elapsedMs >= SETTLED_AFTER_MS);
  const [early, late] = [settled.slice(0, 6), settled.slice(-6)].map(medianOf) as [Memory, Memory];
  report('soak', {
    'full load runs/s': Math.round(runsPerSecond),
    runs: load.acknowledged.length,
    'heap MB after a minute': megabytes(early.heapBytes),
    'heap MB at the end': megabytes(late.heapBytes),
    'rss MB after a minute': megabytes(early.rssBytes),
    'rss MB at the end': megabytes(late.rssBytes),
  });
  expect(late.heapBytes - early.heapBytes).toBeLessThan(FLAT_BYTES);
  expect(late.rssBytes - early.rssBytes).toBeLessThan(2 * FLAT_BYTES);
});

type Memory = Pick<WorkerState, 'heapBytes' | 'rssBytes'>;
type Sample = WorkerState & Readonly<{ elapsedMs: number }>;

const medianOf = (samples: readonly Memory[]): Memory => ({
  heapBytes: median(samples.map(({ heapBytes }) => heapBytes)),
  rssBytes: median(samples.map(({ rssBytes }) => rssBytes)),
});

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;

const megabytes = (bytes: number): number => Math.round(bytes / 1_024 / 1_024);
