import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { countRedone, type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { isLong, report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const RESTARTS = times({ short: 3, long: 20 });
const OPEN_RUNS = 40;
const LONGEST_CALM_MS = 500;
/** What a worker may take to drain; the ordinary tests only want it to end. */
const DRAIN_LIMIT_MS = isLong ? 10_000 : 60_000;

test(`a worker drains on SIGTERM, and ${RESTARTS} restarts under load lose nothing`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { fixtures, journal, load, random, startWorker } = await openChaos();
  const crashes: Crash[] = [];
  const drainedMs: number[] = [];
  const done = new AbortController();
  const loading = load.keepOpen(OPEN_RUNS, done.signal);

  for (let restart = 0; restart < RESTARTS; restart += 1) {
    const worker = startWorker({ taskMs: 50 });
    await worker.leading;
    await delay(random.between(0, LONGEST_CALM_MS));
    const askedAt = performance.now();
    worker.signal('SIGTERM');
    expect(await worker.ended, `seed ${seed}`).toEqual({ code: 0, signal: null });
    drainedMs.push(performance.now() - askedAt);
    crashes.push(await noteCrash(fixtures, journal));
  }
  done.abort();
  await loading;
  await startWorker().leading;
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  expect(Math.max(...drainedMs)).toBeLessThan(DRAIN_LIMIT_MS);
  report('worker drained', {
    restarts: RESTARTS,
    runs: load.acknowledged.length,
    'slowest drain ms': Math.round(Math.max(...drainedMs)),
    redone: countRedone(journal),
  });
});
