import type { JsonObject, TaskExecutor } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPool } from '../src/index.ts';
import { createKeptTallies } from '../src/metering/kept-tallies.ts';
import { meterRuns } from '../src/metering/meter-runs.ts';
import { retireMetrics } from '../src/metering/retire-metrics.ts';
import { createUsesFinder } from '../src/metering/step-uses.ts';
import type { PipelineFixture } from '../src/testing.ts';
import { readTotals, totalsOfLogs } from './metered-rows.ts';
import { chainOf, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const PATIENTLY = { timeout: 20_000 };
const DAY_MS = 24 * 60 * 60 * 1_000;

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
afterEach(() => harness.stopAll());

/** Fails as often as the run's parameters say, and costs something each time. */
const execute: TaskExecutor['execute'] = async ({ input, attempt }, { emitStarted, addCost }) => {
  await emitStarted({ worker: 'test' });
  addCost(0.25);
  if (attempt <= Number((input as JsonObject)['failures'])) throw new Error('broken on purpose');
  return input;
};

const RETRY = { max_attempts: 3, initial_delay: '1ms', jitter: false };

/** A loop around a map with retries, beside a step that may fail for good. */
const PIPELINE = {
  name: 'metered',
  steps: [
    {
      id: 'each',
      uses: 'test.work',
      for_each: { items: '{{ parameters.items }}' },
      with: { failures: '{{ item }}' },
      retry: RETRY,
    },
    { id: 'nap', uses: 'core.wait', with: { duration: '3ms' } },
    { id: 'last', uses: 'test.work', with: { failures: '{{ parameters.failures }}' }, retry: RETRY },
    { id: 'never', uses: 'core.noop' },
  ],
  flow: {
    transitions: [
      { from: 'each', to: 'nap' },
      { from: 'nap', to: 'each', loop: { max_iterations: 2 } },
      { from: 'nap', to: 'last' },
      { from: 'last', to: 'never', when: 'false' },
    ],
  },
};

const untilMetered = async ({ pipelineId }: PipelineFixture): Promise<void> => {
  const unmetered = 'select count(*)::int as count from runs where pipeline_id = $1 and not is_metered';
  const count = async () =>
    (await harness.fixtures.pool.query<{ count: number }>(unmetered, [pipelineId])).rows[0]?.count;
  await expect.poll(count, PATIENTLY).toBe(0);
};

const forget = async ({ pipelineId }: PipelineFixture): Promise<void> => {
  await harness.fixtures.pool.query('delete from metric_rollups where pipeline_id = $1', [pipelineId]);
  await harness.fixtures.pool.query('update runs set is_metered = false where pipeline_id = $1', [pipelineId]);
};

/** As after a crash: nothing is remembered. */
const meterFromLogs = async (workers: number): Promise<number> => {
  const pool = createPool({ url: harness.databaseUrl, applicationName: 'metering', maxConnections: workers });
  const meter = async (): Promise<number> => {
    let metered = 0;
    for (let hasMore = true; hasMore; ) {
      const result = await meterRuns({ pool, tallies: createKeptTallies(), findUses: createUsesFinder(), maxRuns: 7 });
      metered += result.meteredRuns;
      hasMore = result.hasMore;
    }
    return metered;
  };
  const counts = await Promise.all(Array.from({ length: workers }, meter));
  await pool.end();
  return counts.reduce((sum, count) => sum + count, 0);
};

const failures = fc.integer({ min: 0, max: 3 });
const runs = fc.array(fc.record({ items: fc.array(failures, { maxLength: 3 }), failures }), {
  minLength: 3,
  maxLength: 12,
});

test('what the rollups add up to is what the logs do, whoever remembers the runs', async () => {
  await harness.start(execute);
  await fc.assert(
    fc.asyncProperty(runs, async (parametersOfRuns) => {
      const pipeline = await harness.create(PIPELINE);
      const started = await Promise.all(
        parametersOfRuns.map((parameters) => harness.startRun(pipeline, { parameters })),
      );
      for (const runId of started) await harness.fixtures.untilEnded(runId);
      await untilMetered(pipeline);
      const logs = await Promise.all(started.map((runId) => harness.fixtures.events(runId)));
      const expected = totalsOfLogs(logs);
      expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toEqual(expected);
      expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 3600)).toEqual(expected);
    }),
    { numRuns: 4 },
  );
});

test('several that meter the same runs at once count each of them once', async () => {
  await harness.start(execute);
  const pipeline = await harness.create(PIPELINE);
  const parameters = { items: [0, 1], failures: 1 };
  const started = await Promise.all(Array.from({ length: 40 }, () => harness.startRun(pipeline, { parameters })));
  for (const runId of started) await harness.fixtures.untilEnded(runId);
  await untilMetered(pipeline);
  await harness.stopAll();
  const remembered = await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60);
  await forget(pipeline);
  expect(await meterFromLogs(3)).toBe(40);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toEqual(remembered);
});

test('steps are known by what they use; a sub-pipeline is paid for where it runs', async () => {
  const name = `paid-${Date.now()}`;
  const child = await harness.fixtures.createPipeline(
    harness.tenantId,
    chainOf(name, [{ id: 'work', uses: 'test.work', with: { failures: 0 } }]),
    { name },
  );
  const above = await harness.create(chainOf('above', [{ id: 'below', uses: `pipeline:${name}` }]));
  await harness.start(execute);
  const runId = await harness.startRun(above);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  await untilMetered(above);
  await untilMetered(child);
  const { rows } = await harness.fixtures.pool.query(
    `select uses, cost_usd as cost from metric_rollups where pipeline_id in ($1, $2) and seconds = 60 order by uses, cost`,
    [above.pipelineId, child.pipelineId],
  );
  expect(rows).toEqual([
    { uses: '', cost: 0 },
    { uses: '', cost: 0.25 },
    { uses: `pipeline:${name}`, cost: 0 },
    { uses: 'test.work', cost: 0.25 },
  ]);
});

const MANY = { id: 'many', uses: 'test.work', for_each: { items: Array.from({ length: 100 }, () => 0) } };

test('a run that goes on from a snapshot is counted from its beginning, open steps too', async () => {
  const wait = { id: 'wait', uses: 'core.wait', with: { signal: 'go' } };
  const many = { ...MANY, with: { failures: '{{ item }}' } };
  const pipeline = await harness.create(chainOf('parked', [many, wait]));
  await harness.start(execute, { maxIdleRuns: 0 });
  const runId = await harness.startRun(pipeline);
  const countSnapshots = async (): Promise<number | undefined> => {
    const sql = 'select count(*)::int as count from run_snapshots where run_id = $1';
    return (await harness.fixtures.pool.query<{ count: number }>(sql, [runId])).rows[0]?.count;
  };
  await expect.poll(countSnapshots, PATIENTLY).toBe(1);
  await harness.untilParked(runId);
  await harness.fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'go', payload: null } });
  await harness.fixtures.untilEnded(runId);
  await untilMetered(pipeline);
  const expected = totalsOfLogs([await harness.fixtures.events(runId)]);
  expect(expected['wait succeeded']?.durationMs).toBeGreaterThan(0);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toEqual(expected);
});

test('a log that makes no sense keeps nothing else from being counted', async () => {
  const pipeline = await harness.create(PIPELINE);
  const [broken, sound] = [await harness.startRun(pipeline), await harness.startRun(pipeline)];
  await harness.fixtures.pool.query(
    `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, 1, 1, '[{"type": "odd"}]')`,
    [pipeline.tenantId, broken],
  );
  await harness.fixtures.pool.query(
    `update runs set status = 'failed', started_at = now(), finished_at = now() where id = any($1::uuid[])`,
    [[broken, sound]],
  );
  expect(await meterFromLogs(1)).toBe(2);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toMatchObject({ ' failed': { count: 2 } });
});

test('figures that no table takes keep nothing else from being counted', async () => {
  await harness.start(execute);
  const pipeline = await harness.create(chainOf('refused', [{ id: 'work', uses: 'test.work', with: { failures: 0 } }]));
  const started = [await harness.startRun(pipeline), await harness.startRun(pipeline)];
  for (const runId of started) await harness.fixtures.untilEnded(runId);
  await untilMetered(pipeline);
  await harness.stopAll();
  await forget(pipeline);
  // A NUL, which JSON can say and a text of PostgreSQL can't hold.
  await harness.fixtures.pool.query(
    String.raw`update run_event_chunks set events = replace(events::text, '"work"', '"wo\u0000rk"')::json where run_id = $1`,
    [started[0]],
  );
  expect(await meterFromLogs(1)).toBe(2);
  expect(await readTotals(harness.fixtures.pool, pipeline.pipelineId, 60)).toMatchObject({
    ' succeeded': { count: 2 },
    'work succeeded': { count: 1 },
  });
});

test('a run whose log is gone counts by its row', async () => {
  const pipeline = await harness.create(PIPELINE);
  const runId = await harness.startRun(pipeline);
  await harness.fixtures.pool.query(
    `update runs set status = 'canceled', started_at = now() - interval '3 seconds', finished_at = now(), cost_usd = 2
      where id = $1`,
    [runId],
  );
  await meterFromLogs(1);
  const totals = await readTotals(harness.fixtures.pool, pipeline.pipelineId, 3600);
  expect(totals).toEqual({ ' canceled': { count: 1, retries: 0, durationMs: 3_000, costUsd: 2, buckets: '165:1' } });
});

test('minutes go after a week, hours after 400 days, and a tenant takes its figures with it', async () => {
  const tenantId = await harness.fixtures.createTenant('leaving');
  const now = Date.UTC(2026, 5, 1);
  const insert = async (seconds: number, ageDays: number): Promise<void> => {
    await harness.fixtures.pool.query(
      `insert into metric_rollups values ($1, $2, $3, gen_random_uuid(), '', '', 'failed', 1, 0, 5, 0, '{"33": 1}')`,
      [tenantId, new Date(now - ageDays * DAY_MS), seconds],
    );
  };
  const left = async (): Promise<unknown> =>
    (
      await harness.fixtures.pool.query(
        'select seconds, ($2::date - at::date) as "ageDays" from metric_rollups where tenant_id = $1 order by 1, 2',
        [tenantId, new Date(now)],
      )
    ).rows;
  for (const [seconds, ageDays] of [
    [60, 6],
    [60, 8],
    [3_600, 8],
    [3_600, 399],
    [3_600, 401],
  ] as const) {
    await insert(seconds, ageDays);
  }
  const pool = createPool({ url: harness.databaseUrl, applicationName: 'retiring', maxConnections: 1 });
  expect(await retireMetrics(pool, now)).toBe(false);
  await pool.end();
  expect(await left()).toEqual([
    { seconds: 60, ageDays: 6 },
    { seconds: 3_600, ageDays: 8 },
    { seconds: 3_600, ageDays: 399 },
  ]);
  await harness.fixtures.pool.query('delete from tenants where id = $1', [tenantId]);
  expect(await left()).toEqual([]);
});
