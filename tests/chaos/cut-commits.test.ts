import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { CUT_MOMENTS, startCuttingProxy } from './harness/cutting-proxy.ts';
import { type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const CUTS = times({ short: 10, long: 200 });
const OPEN_RUNS = 20;
/** Of so many commits about one is cut. */
const LONGEST_PAUSE_COMMITS = 12;
const PATIENCE_MS = times({ short: 25_000, long: 600_000 });

test(`${CUTS} connections cut in the middle of a commit: what became of it is found out, never doubled`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { database, fixtures, journal, load, random, startWorker } = await openChaos();
  let left = CUTS;
  let pause = 0;
  const proxy = await startCuttingProxy(database.urls.worker, {
    applicationName: 'ia-worker-log',
    momentOf: () => {
      pause -= 1;
      if (pause > 0 || left === 0) return undefined;
      pause = random.between(1, LONGEST_PAUSE_COMMITS);
      left -= 1;
      return CUT_MOMENTS[left % CUT_MOMENTS.length];
    },
  });
  await startWorker({ databaseUrl: proxy.url }).leading;
  const done = new AbortController();
  const loading = load.keepOpen(OPEN_RUNS, done.signal);
  const crashes: Crash[] = [];
  await expect.poll(() => left, { timeout: PATIENCE_MS }).toBe(0);
  crashes.push(await noteCrash(fixtures, journal));
  done.abort();
  await loading;
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  report('connection cut at a commit', { ...proxy.cuts, runs: load.acknowledged.length });
});
