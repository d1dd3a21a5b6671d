import { setTimeout as delay } from 'node:timers/promises';
import type { RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { startChaosServer } from './harness/chaos-server.ts';
import { type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { isLong, report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const STOPS = times({ short: 1, long: 10 });
const OPEN_RUNS = 20;
const LONGEST_CALM_MS = 1_500;
const LONGEST_OUTAGE_MS = 1_000;
/** Work goes on within this time of the database's return; the ordinary tests only want it to go on. */
const RESUME_LIMIT_MS = isLong ? 5_000 : 60_000;

test(`PostgreSQL stops ${STOPS} times at once under load, and work goes on when it is back`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const server = await startChaosServer();
  const { fixtures, journal, load, random, startWorker } = await openChaos({ database: server.database });
  await startWorker().leading;
  const done = new AbortController();
  const loading = load.keepOpen(OPEN_RUNS, done.signal);
  const crashes: Crash[] = [];
  const resumedMs: number[] = [];

  for (let stop = 0; stop < STOPS; stop += 1) {
    await untilProgress(fixtures);
    await delay(random.between(0, LONGEST_CALM_MS));
    await server.crash();
    await delay(random.between(0, LONGEST_OUTAGE_MS));
    await server.restart();
    const returnedAt = performance.now();
    await untilProgress(fixtures);
    resumedMs.push(performance.now() - returnedAt);
    crashes.push(await noteCrash(fixtures, journal));
  }
  done.abort();
  await loading;
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  expect(Math.max(...resumedMs)).toBeLessThan(RESUME_LIMIT_MS);
  report('PostgreSQL stopped at once', {
    stops: STOPS,
    runs: load.acknowledged.length,
    'starts cut off': load.unclear.length,
    'slowest return ms': Math.round(Math.max(...resumedMs)),
  });
});

/** Waits until more events are committed than now. */
const untilProgress = async ({ pool }: RunFixtures): Promise<void> => {
  const countEvents = async (): Promise<number> => {
    const { rows } = await pool.query<{ events: number }>('select coalesce(sum(last_seq), 0)::int as events from runs');
    return rows[0]?.events ?? 0;
  };
  const before = await retried(countEvents);
  await expect.poll(() => retried(countEvents), { interval: 10, timeout: RESUME_LIMIT_MS }).toBeGreaterThan(before);
};

/** The pool may still hold connections of the server that was. */
const retried = async (read: () => Promise<number>): Promise<number> => {
  for (;;) {
    try {
      return await read();
    } catch {
      await delay(10);
    }
  }
};
