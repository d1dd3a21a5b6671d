import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import type { EffectJournal } from './harness/effect-journal.ts';
import { countRedone, type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';
import type { WorkerProcess } from './harness/worker-process.ts';

const KILLS = times({ short: 8, long: 200 });
const OPEN_RUNS = 20;
/** A worker lives until the journal has grown by so much, about 60 effects: points of the work, which no machine's speed moves. */
const LONGEST_LIFE_BYTES = 10_000;
const LONGEST_PAUSE_MS = 10;
/** When every run waits for something, nothing is done outside. */
const IDLE_LIFE_MS = 1_500;

test(`${KILLS} kills of the worker lose nothing and double nothing`, { timeout: TIMEOUT_MS }, async () => {
  const { fixtures, journal, load, random, startWorker } = await openChaos();
  const crashes: Crash[] = [];
  const done = new AbortController();
  const loading = load.keepOpen(OPEN_RUNS, done.signal);

  let standby: WorkerProcess = startWorker();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const worker = standby;
    await worker.leading;
    standby = startWorker();
    await untilGrown(journal, random.between(0, LONGEST_LIFE_BYTES));
    await delay(random.between(0, LONGEST_PAUSE_MS));
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

const untilGrown = async (journal: EffectJournal, bytes: number): Promise<void> => {
  const wanted = journal.sizeBytes() + bytes;
  const deadline = performance.now() + IDLE_LIFE_MS;
  while (journal.sizeBytes() < wanted && performance.now() < deadline) await delay(1);
};
