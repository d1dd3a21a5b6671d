import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { watchCommits } from './harness/commit-witness.ts';
import { judgeRuns } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const ROUNDS = times({ short: 2, long: 20 });
const RUNS_PER_ROUND = 25;
const LONGEST_CALM_MS = 150;

test(`a worker that was frozen past its lease commits nothing when it thaws, ${ROUNDS} times`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { database, fixtures, journal, load, random, startWorker } = await openChaos();
  const witness = await watchCommits(fixtures);
  const start = async () => startWorker({ databaseUrl: await witness.login(database.urls.worker) });
  let leader = await start();
  await leader.leading;

  for (let round = 0; round < ROUNDS; round += 1) {
    await load.start(RUNS_PER_ROUND);
    await delay(random.between(0, LONGEST_CALM_MS));
    leader.signal('SIGSTOP');
    const standby = await start();
    await standby.leading;
    await load.start(RUNS_PER_ROUND);
    await delay(random.between(0, LONGEST_CALM_MS));
    leader.signal('SIGCONT');
    await load.untilEnded();
    // The thawed worker has seen by now what became of its lease.
    await expect.poll(async () => (await leader.state()).endedTerms, { timeout: 20_000 }).toBeGreaterThan(0);
    await leader.kill();
    leader = standby;
  }

  expect(await witness.problems(), `seed ${seed}`).toEqual([]);
  expect(await witness.countWriters()).toBeGreaterThan(1);
  expect(await judgeRuns({ fixtures, journal, ...load }), `seed ${seed}`).toEqual([]);
  report('worker frozen past its lease', {
    rounds: ROUNDS,
    runs: load.acknowledged.length,
    writers: await witness.countWriters(),
  });
});
