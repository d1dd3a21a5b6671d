import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { countRedone, type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';
import type { WorkerProcess } from './harness/worker-process.ts';

const KILLS = times({ short: 8, long: 200 });
const OPEN_RUNS = 20;
/** From before a worker leads until it is in the middle of things. */
const LONGEST_LIFE_MS = 400;

test(`${KILLS} kills of the worker lose nothing and double nothing`, { timeout: TIMEOUT_MS }, async () => {
  const { fixtures, journal, load, random, startWorker } = await openChaos();
  const crashes: Crash[] = [];
  const done = new AbortController();
  const loading = load.keepOpen(OPEN_RUNS, done.signal);

  let standby: WorkerProcess = startWorker();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const worker = standby;
    await worker.ready;
    standby = startWorker();
    await Promise.all([worker.leading, delay(random.between(0, LONGEST_LIFE_MS))]);
    await delay(random.between(0, LONGEST_LIFE_MS));
    await worker.kill();
    crashes.push(await noteCrash(fixtures, journal));
  }
  done.abort();
  await loading;
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  const runs = load.acknowledged.length;
  report('worker killed', { kills: KILLS, runs, effects: journal.read().length, redone: countRedone(journal) });
});
