import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { type Crash, judgeRuns, logProblems, noteCrash } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const POISONS = times({ short: 1, long: 3 });
const RUNS_PER_LIFE = 5;
/** How often a run may end its worker before it is failed, and whatever else was tried beside it. */
const MAX_LIVES = 20;

const POISON = {
  name: 'chaos-poison',
  steps: [
    { id: 'fine', uses: 'chaos.effect' },
    { id: 'deadly', uses: 'chaos.effect', with: { kills: true } },
  ],
  flow: { transitions: [{ from: 'fine', to: 'deadly' }] },
};

test('a run that ends its worker again and again is failed by name, and others go on', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { fixtures, journal, load, startWorker } = await openChaos();
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('chaos-poison'), POISON);
  const poisons = await Promise.all(Array.from({ length: POISONS }, () => fixtures.startRun(pipeline)));
  const crashes: Crash[] = [];
  let lives = 0;

  for (; lives < MAX_LIVES; lives += 1) {
    await load.start(RUNS_PER_LIFE);
    const worker = startWorker();
    const ends = Promise.all(poisons.map((runId) => fixtures.untilEnded(runId)));
    const end = await Promise.race([worker.ended, ends]);
    if (Array.isArray(end)) break;
    crashes.push(await noteCrash(fixtures, journal));
  }
  await load.untilEnded();

  for (const runId of poisons) {
    const row = await fixtures.readRun(runId);
    expect(row).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_POISON' } });
    expect(logProblems(row, await fixtures.events(runId))).toEqual([]);
  }
  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  report('poison run', { poisons: POISONS, 'workers lost': lives, 'other runs': load.acknowledged.length });
});
