import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineFixture, RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { expect, test } from 'vitest';
import { openChaos } from './harness/chaos.ts';
import { type Crash, judgeRuns, noteCrash } from './harness/judge-runs.ts';
import { report, seed, TIMEOUT_MS, times } from './harness/profile.ts';

const HOUR_MS = 3_600_000;
const JUMPS = times({ short: 4, long: 40 });
const RUNS_PER_JUMP = 15;
const LONGEST_CALM_MS = 300;

test(`a clock that jumps by an hour ${JUMPS} times loses nothing`, { timeout: TIMEOUT_MS }, async () => {
  const { fixtures, journal, load, random, startWorker } = await openChaos();
  const worker = startWorker();
  await worker.leading;
  let aheadMs = 0;
  let farthestMs = 0;
  for (let jump = 0; jump < JUMPS; jump += 1) {
    await load.start(RUNS_PER_JUMP);
    await delay(random.between(0, LONGEST_CALM_MS));
    const byMs = random.pick([HOUR_MS, -HOUR_MS]);
    worker.shiftClock(byMs);
    aheadMs += byMs;
    farthestMs = Math.max(farthestMs, aheadMs);
  }
  // A run that left memory waits for the time that the clock showed it, which has to come again.
  worker.shiftClock(farthestMs - aheadMs);
  await load.start(RUNS_PER_JUMP);
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load }), `seed ${seed}`).toEqual([]);
  report('clock jumps', { jumps: JUMPS, runs: load.acknowledged.length });
});

test('workers whose clocks are hours apart take over from each other', { timeout: TIMEOUT_MS }, async () => {
  const { fixtures, journal, load, random, startWorker } = await openChaos();
  const crashes: Crash[] = [];
  // The last one is ahead of them all: what any of them has put off is due.
  for (const hours of [0, -1, 1, 0, -1, 2]) {
    await load.start(RUNS_PER_JUMP);
    const worker = startWorker({ clockOffsetMs: hours * HOUR_MS });
    await worker.leading;
    await delay(random.between(0, LONGEST_CALM_MS));
    if (hours === 2) break;
    await worker.kill();
    crashes.push(await noteCrash(fixtures, journal));
  }
  await load.untilEnded();

  expect(await judgeRuns({ fixtures, journal, ...load, crashes }), `seed ${seed}`).toEqual([]);
  report('clocks apart', { runs: load.acknowledged.length });
});

const ZONE = 'Europe/Zurich';
/** Every ten minutes of wall time, and once in the night at the hour that the clocks change. */
const CRONS = ['*/10 * * * *', '30 2 * * *'] as const;
const STEP_MS = times({ short: 60, long: 10 }) * 60_000;

test.each([
  {
    change: 'skip an hour',
    from: '2026-03-28T23:30:00Z',
    until: '2026-03-29T03:30:00Z',
    nightly: '2026-03-29T01:00:00Z',
  },
  {
    change: 'repeat an hour',
    from: '2026-10-24T22:30:00Z',
    until: '2026-10-25T03:30:00Z',
    nightly: '2026-10-25T00:30:00Z',
  },
])(
  'times of schedules come once each where the clocks $change, with a clock that is set back',
  { timeout: TIMEOUT_MS },
  async (span) => {
    const { fixtures, startWorker } = await openChaos({ pipelines: [] });
    const [from, until] = [Date.parse(span.from), Date.parse(span.until)];
    const pipeline = await createSchedules(fixtures, from);
    const timesTo = (at: number): string[] =>
      [...tenMinutes(from, at), ...[Date.parse(span.nightly)].filter((nightly) => nightly <= at)].map(toIso).toSorted();
    const worker = startWorker({ clockOffsetMs: from - Date.now() });
    await worker.leading;

    for (let at = from; at < until; at += STEP_MS) {
      worker.shiftClock(STEP_MS);
      await untilFired(fixtures, timesTo(at + STEP_MS));
      // Somebody corrects the clock by an hour, and corrects that: a run shows that the worker went on meanwhile.
      worker.shiftClock(-HOUR_MS);
      await fixtures.untilEnded(await fixtures.startRun(pipeline));
      worker.shiftClock(HOUR_MS);
    }
    expect(await firedTimes(fixtures)).toEqual(timesTo(until));
  },
);

const untilFired = async (fixtures: RunFixtures, expected: readonly string[]): Promise<void> => {
  const fired = async (): Promise<readonly string[]> => {
    await fixtures.pool.query("select pg_notify('run_inbox', 'triggers')");
    return firedTimes(fixtures);
  };
  await expect.poll(fired, { timeout: 60_000, interval: 50 }).toEqual(expected);
};

/** In real time: an hour that the clocks repeat has its times twice. */
const tenMinutes = (from: number, until: number): number[] =>
  Array.from({ length: Math.floor((until - from) / 600_000) }, (_, position) => from + (position + 1) * 600_000);

const toIso = (time: number): string => new Date(time).toISOString();

const createSchedules = async (fixtures: RunFixtures, from: number): Promise<PipelineFixture> => {
  const tenantId = await fixtures.createTenant('chaos-clock');
  const pipeline = await fixtures.createPipeline(tenantId, {
    name: 'chaos-clock',
    steps: [{ id: 'only', uses: 'core.noop' }],
  });
  for (const cron of CRONS) {
    await fixtures.pool.query(
      `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, catch_up, next_at, created_by)
       values ($1, $2, $3, $4, $4, $5, '{}', 'all', $6, 'chaos')`,
      [randomUUID(), tenantId, pipeline.pipelineId, cron, ZONE, new Date(from + 1)],
    );
  }
  return pipeline;
};

const firedTimes = async ({ pool }: RunFixtures): Promise<string[]> => {
  const { rows } = await pool.query<{ at: string }>(
    `select trigger ->> 'at' as at from runs where trigger ->> 'type' = 'schedule' order by 1`,
  );
  return rows.map(({ at }) => at);
};
