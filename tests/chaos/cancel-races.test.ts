import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '@ia-modules/engine';
import type { PipelineFixture, RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { logProblems } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const RACES = times({ short: 60, long: 1_000 });
const AT_ONCE = 20;

const RACER = {
  name: 'chaos-racer',
  steps: [
    { id: 'one', uses: 'chaos.effect', compensate: { uses: 'chaos.effect' } },
    { id: 'two', uses: 'chaos.effect' },
    { id: 'three', uses: 'chaos.effect' },
  ],
  flow: {
    on_failure: 'compensate',
    transitions: [
      { from: 'one', to: 'two' },
      { from: 'two', to: 'three' },
    ],
  },
  outputs: { end: '{{ steps.three.status }}' },
};

test(`${RACES} races of a cancellation against the end of a run have one outcome each`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { fixtures, random, startWorker } = await openChaos({ pipelines: [] });
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('chaos-races'), RACER);
  await startWorker().leading;
  await durationOfRun(fixtures, pipeline); // the first ones find nothing prepared
  const longestHeadStartMs = Math.ceil(await durationOfRun(fixtures, pipeline));
  const outcomes: Record<string, number> = { succeeded: 0, canceled: 0 };
  const problems: string[] = [];
  let slowestMs = 0;

  for (let race = 0; race < RACES; race += AT_ONCE) {
    const headStarts = Array.from({ length: AT_ONCE }, () => random.between(0, longestHeadStartMs));
    const ended = await Promise.all(headStarts.map((headStartMs) => runRace(fixtures, pipeline, headStartMs)));
    for (const { status, answeredMs, found } of ended) {
      slowestMs = Math.max(slowestMs, answeredMs);
      outcomes[status] = (outcomes[status] ?? 0) + 1;
      problems.push(...found);
    }
  }

  expect(problems, `seed ${seed}`).toEqual([]);
  expect(Object.keys(outcomes)).toEqual(['succeeded', 'canceled']);
  const unanswered = async () =>
    (await fixtures.pool.query('select 1 from run_commands where consumed_at is null')).rowCount;
  await expect.poll(unanswered, { timeout: 20_000 }).toBe(0);
  report('cancellation against the end', { races: RACES, ...outcomes, 'slowest end ms': Math.round(slowestMs) });
});

/** How long runs take at once with as many others as in the races. */
const durationOfRun = async (fixtures: RunFixtures, pipeline: PipelineFixture): Promise<number> => {
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => fixtures.untilEnded(await fixtures.startRun(pipeline))),
  );
  return performance.now() - startedAt;
};

const runRace = async (fixtures: RunFixtures, pipeline: PipelineFixture, headStartMs: number) => {
  const runId = await fixtures.startRun(pipeline);
  await delay(headStartMs);
  await fixtures.cancelRun(pipeline, runId, 'a race');
  const canceledAt = performance.now();
  const row = await fixtures.untilEnded(runId);
  const answeredMs = performance.now() - canceledAt;
  const events = await fixtures.events(runId);
  const found = [...logProblems(row, events), ...startsAfterCancel(events)];
  if (row.status === 'succeeded' && row.outputs === null) found.push('it succeeded without its outputs');
  if (row.status === 'canceled' && row.outputs !== null) found.push('it was canceled and has outputs');
  return { status: row.status, answeredMs, found: found.map((problem) => `${runId}: ${problem}`) };
};

/** After a cancellation nothing begins but what undoes the work. */
const startsAfterCancel = (events: readonly RunEvent[]): string[] => {
  const canceledAt = events.findIndex(({ type }) => type === 'cancel_requested');
  if (canceledAt === -1) return [];
  return events
    .slice(canceledAt)
    .filter(({ type, part }) => type === 'task_scheduled' && part === undefined)
    .map(({ stepId }) => `step ${stepId} began after the cancellation`);
};
