import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing/run-fixtures.ts';
import { fireSchedules } from '../src/triggers/fire-schedules.ts';

const NINE = new Date('2026-11-23T09:00:00Z');
const minutesAfterNine = (minutes: number): Date => new Date(NINE.getTime() + minutes * 60_000);

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;
let pipeline: PipelineFixture;

const definition = {
  name: 'report',
  parameters: { type: 'object', properties: { day: { type: 'integer', default: 1 } } },
  steps: [{ id: 'only', uses: 'core.noop' }],
};

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 4 });
});

beforeEach(async () => {
  await fixtures.pool.query('delete from schedules');
  pipeline = await fixtures.createPipeline(await fixtures.createTenant(`t-${randomUUID().slice(0, 8)}`), definition);
});

afterAll(async () => {
  await pool?.end();
  await fixtures?.close();
  await database?.drop();
});

type ScheduleInit = { cron: string; nextAt: Date; parameters?: object; catchUp?: string; timeZone?: string };

const createSchedule = async (init: ScheduleInit): Promise<string> => {
  const id = randomUUID();
  const { cron, nextAt, parameters = {}, catchUp = 'latest', timeZone = 'Europe/Zurich' } = init;
  await fixtures.pool.query(
    `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, priority, catch_up, next_at, created_by)
     values ($1::text::uuid, $2, $3, $1::text, $4, $5, $6, 7, $7, $8, 'u')`,
    [id, pipeline.tenantId, pipeline.pipelineId, cron, timeZone, JSON.stringify(parameters), catchUp, nextAt],
  );
  return id;
};

const readSchedule = async (id: string) => {
  const sql = 'select next_at as "nextAt", last_at as "lastAt", problem from schedules where id = $1';
  return (await fixtures.pool.query<{ nextAt: Date | null; lastAt: Date | null; problem: string | null }>(sql, [id]))
    .rows[0];
};

const startedTimes = async (id: string): Promise<string[]> => {
  const sql = `select trigger ->> 'at' as at from runs where created_by = $1 order by created_at, id`;
  return (await fixtures.pool.query<{ at: string }>(sql, [`schedule:${id}`])).rows.map((row) => row.at);
};

it('starts a run at its time, with all that a run has, and goes on to the next time', async () => {
  const id = await createSchedule({ cron: '0 * * * *', nextAt: NINE, parameters: { day: 3 } });
  expect(await fireSchedules({ pool, now: minutesAfterNine(-1) })).toMatchObject({ started: 0 });
  expect(await fireSchedules({ pool, now: minutesAfterNine(0) })).toEqual({ started: 1, refused: 0, hasMore: false });
  const { rows } = await fixtures.pool.query(
    'select status, pipeline_version_id, parameters, trigger, priority, created_by from runs where tenant_id = $1',
    [pipeline.tenantId],
  );
  expect(rows).toEqual([
    {
      status: 'pending',
      pipeline_version_id: pipeline.versionId,
      parameters: { day: 3 },
      trigger: { type: 'schedule', schedule: id, name: id, at: '2026-11-23T09:00:00.000Z' },
      priority: 7,
      created_by: `schedule:${id}`,
    },
  ]);
  expect(await readSchedule(id)).toEqual({ nextAt: minutesAfterNine(60), lastAt: NINE, problem: null });
});

it('says when a quota is used up, starts nothing of several times that are over it, and goes on when there is room', async () => {
  const id = await createSchedule({ cron: '0 * * * *', nextAt: NINE, catchUp: 'all' });
  const limit = (most: number | null) =>
    fixtures.pool.query('update tenant_limits set max_runs_per_day = $2 where tenant_id = $1', [
      pipeline.tenantId,
      most,
    ]);
  await limit(1);
  expect(await fireSchedules({ pool, now: minutesAfterNine(90) })).toMatchObject({ started: 0, refused: 1 });
  expect(await startedTimes(id)).toEqual([]);
  expect(await readSchedule(id)).toMatchObject({
    nextAt: minutesAfterNine(120),
    problem: expect.stringMatching(/^The quota of 1 runs a day is used up\. There is room again at /),
  });
  await limit(null);
  expect(await fireSchedules({ pool, now: minutesAfterNine(120) })).toMatchObject({ started: 1, refused: 0 });
  expect(await readSchedule(id)).toMatchObject({ problem: null });
});

it('starts nothing in a tenant that is about to be erased, and goes on when that is taken back', async () => {
  const id = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  await fixtures.pool.query('update tenants set deleted_at = now() where id = $1', [pipeline.tenantId]);
  expect(await fireSchedules({ pool, now: minutesAfterNine(1) })).toEqual({ started: 0, refused: 0, hasMore: false });
  await fixtures.pool.query('update tenants set deleted_at = null where id = $1', [pipeline.tenantId]);
  expect(await fireSchedules({ pool, now: minutesAfterNine(1) })).toMatchObject({ started: 1 });
  expect(await startedTimes(id)).toHaveLength(1);
});

it('starts one run for each time, however many workers look at once', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => createSchedule({ cron: '0 * * * *', nextAt: NINE })));
  const outcomes = await Promise.all(
    Array.from({ length: 4 }, () => fireSchedules({ pool, now: minutesAfterNine(1) })),
  );
  expect(outcomes.reduce((sum, outcome) => sum + outcome.started, 0)).toBe(5);
  for (const id of ids) expect(await startedTimes(id)).toEqual(['2026-11-23T09:00:00.000Z']);
});

it('starts nothing a second time when the clock was set back an hour', async () => {
  const id = await createSchedule({ cron: '*/30 * * * *', nextAt: NINE });
  await fireSchedules({ pool, now: minutesAfterNine(61) });
  await fireSchedules({ pool, now: minutesAfterNine(1) });
  await fireSchedules({ pool, now: minutesAfterNine(61) });
  expect(await startedTimes(id)).toEqual(['2026-11-23T10:00:00.000Z']);
  await fireSchedules({ pool, now: minutesAfterNine(90) });
  expect(await startedTimes(id)).toHaveLength(2);
  // Even when the row itself was set back, its key tells that the run is there.
  await fixtures.pool.query('update schedules set next_at = $1 where id = $2', [minutesAfterNine(60), id]);
  expect(await fireSchedules({ pool, now: minutesAfterNine(61) })).toMatchObject({ started: 0 });
});

it.each([
  ['skip', [], expect.stringContaining('skipped')],
  ['latest', ['10:30'], null],
  ['all', ['09:00', '09:30', '10:00', '10:30'], null],
] as const)('makes up for times that passed as %s says', async (catchUp, times, problem) => {
  const id = await createSchedule({ cron: '*/30 * * * *', nextAt: NINE, catchUp });
  await fireSchedules({ pool, now: minutesAfterNine(95) });
  expect(await startedTimes(id)).toEqual(times.map((time) => `2026-11-23T${time}:00.000Z`));
  expect(await readSchedule(id)).toMatchObject({ nextAt: minutesAfterNine(120), problem });
});

it('says what keeps it from starting, and goes on to its next time', async () => {
  const unfit = await createSchedule({ cron: '0 * * * *', nextAt: NINE, parameters: { day: 'monday' } });
  expect(await fireSchedules({ pool, now: NINE })).toEqual({ started: 0, refused: 1, hasMore: false });
  expect(await readSchedule(unfit)).toEqual({
    nextAt: minutesAfterNine(60),
    lastAt: NINE,
    problem: expect.stringContaining('do not fit'),
  });
  await fixtures.pool.query('update schedules set parameters = $1 where id = $2', ['{"day": 2}', unfit]);
  await fireSchedules({ pool, now: minutesAfterNine(60) });
  expect(await readSchedule(unfit)).toMatchObject({ problem: null });

  await fixtures.pool.query('update pipelines set archived_at = now() where id = $1', [pipeline.pipelineId]);
  await fireSchedules({ pool, now: minutesAfterNine(120) });
  expect(await readSchedule(unfit)).toMatchObject({
    nextAt: minutesAfterNine(180),
    problem: 'The pipeline is archived.',
  });
  expect(await startedTimes(unfit)).toEqual(['2026-11-23T10:00:00.000Z']);
});

it('lets go of an expression that can not be read, and fires the others', async () => {
  const broken = await createSchedule({ cron: 'every day', nextAt: NINE });
  const gone = await createSchedule({ cron: '0 * * * *', nextAt: NINE, timeZone: 'Mars/Olympus' });
  const good = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  expect(await fireSchedules({ pool, now: NINE })).toMatchObject({ started: 1, refused: 2 });
  for (const id of [broken, gone]) {
    expect(await readSchedule(id)).toMatchObject({ nextAt: null, problem: expect.stringContaining('can not be read') });
  }
  expect(await startedTimes(good)).toHaveLength(1);
});

it('fires the others when the declaration of parameters of one can not be read', async () => {
  const good = await createSchedule({ cron: '0 * * * *', nextAt: minutesAfterNine(1) });
  pipeline = await fixtures.createPipeline(pipeline.tenantId, { ...definition, parameters: { type: 'no such type' } });
  const broken = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  expect(await fireSchedules({ pool, now: minutesAfterNine(61) })).toMatchObject({ started: 1, refused: 1 });
  expect(await readSchedule(broken)).toMatchObject({ problem: expect.stringContaining('can not be read') });
  expect(await startedTimes(good)).toHaveLength(1);
});

it('fires the others when the run of one can not be stored', async () => {
  const broken = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  const good = await createSchedule({ cron: '0 * * * *', nextAt: minutesAfterNine(1) });
  await fixtures.pool.query('update schedules set priority = 500 where id = $1', [broken]);
  expect(await fireSchedules({ pool, now: minutesAfterNine(61) })).toMatchObject({ started: 1, refused: 1 });
  expect(await readSchedule(broken)).toMatchObject({
    nextAt: minutesAfterNine(120),
    problem: expect.stringContaining('can not be stored'),
  });
  expect(await startedTimes(good)).toHaveLength(1);
});

it('leaves a disabled schedule alone', async () => {
  const id = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  await fixtures.pool.query('update schedules set is_enabled = false where id = $1', [id]);
  expect(await fireSchedules({ pool, now: NINE })).toMatchObject({ started: 0 });
});

it('says when more than it took is due', async () => {
  for (let index = 0; index < 3; index += 1) await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  expect(await fireSchedules({ pool, now: NINE, limit: 2 })).toMatchObject({ started: 2, hasMore: true });
  expect(await fireSchedules({ pool, now: NINE, limit: 2 })).toMatchObject({ started: 1, hasMore: false });
});

it('starts nothing for a worker whose lease went to another', async () => {
  const id = await createSchedule({ cron: '0 * * * *', nextAt: NINE });
  const fence = { name: `lease-${id}`, holder: randomUUID(), fence: '4' };
  await fixtures.pool.query(
    `insert into worker_leases (name, holder, fence, expires_at) values ($1, $2, 5, 'infinity')`,
    [fence.name, randomUUID()],
  );
  await expect(fireSchedules({ pool, now: NINE, fence })).rejects.toMatchObject({ code: 'IA_RUNTIME_LEASE_LOST' });
  expect(await startedTimes(id)).toEqual([]);
  await fixtures.pool.query('update worker_leases set holder = $2, fence = 4 where name = $1', [
    fence.name,
    fence.holder,
  ]);
  expect(await fireSchedules({ pool, now: NINE, fence })).toMatchObject({ started: 1 });
});
