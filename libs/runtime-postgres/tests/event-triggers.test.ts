import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing/run-fixtures.ts';
import { MAX_EVENT_CHAIN, startFromEvents } from '../src/triggers/start-from-events.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 4 });
});

beforeEach(async () => {
  await fixtures.pool.query('delete from event_triggers');
  tenantId = await fixtures.createTenant(`t-${randomUUID().slice(0, 8)}`);
});

afterAll(async () => {
  await pool?.end();
  await fixtures?.close();
  await database?.drop();
});

const createPipeline = (name: string, ofTenant = tenantId): Promise<PipelineFixture> =>
  fixtures.createPipeline(ofTenant, { name, steps: [{ id: 'only', uses: 'core.noop' }] });

type TriggerInit = {
  starts: PipelineFixture;
  event?: 'run_ended' | 'plugin_published';
  source?: PipelineFixture;
  statuses?: readonly string[];
  plugin?: string;
  parameters?: object;
};

const createTrigger = async (init: TriggerInit): Promise<string> => {
  const id = randomUUID();
  const { starts, event = 'run_ended', source, statuses = [], plugin, parameters = {} } = init;
  await fixtures.pool.query(
    `insert into event_triggers (id, tenant_id, pipeline_id, name, event, source_pipeline_id, statuses, plugin_name,
       parameters, priority, created_by)
     values ($1::text::uuid, $2, $3, $1::text, $4, $5, $6, $7, $8, -3, 'u')`,
    [
      id,
      starts.tenantId,
      starts.pipelineId,
      event,
      source?.pipelineId ?? null,
      statuses,
      plugin ?? null,
      JSON.stringify(parameters),
    ],
  );
  return id;
};

const endRun = (runId: string, status = 'succeeded') =>
  fixtures.pool.query('update runs set status = $2, finished_at = now() where id = $1', [runId, status]);

/** Lets a run of the pipeline end. */
const endRunOf = async (pipeline: PipelineFixture, status = 'succeeded'): Promise<string> => {
  const runId = await fixtures.startRun(pipeline);
  await endRun(runId, status);
  return runId;
};

const runsOf = async (triggerId: string) =>
  (
    await fixtures.pool.query(
      'select id, pipeline_id, trigger, priority, status from runs where created_by = $1 order by id',
      [`trigger:${triggerId}`],
    )
  ).rows;

const problemOf = async (triggerId: string): Promise<string | null> =>
  (await fixtures.pool.query('select problem from event_triggers where id = $1', [triggerId])).rows[0].problem;

const publish = async (ofTenant: string, name: string, visibility: 'public' | 'private'): Promise<void> => {
  await fixtures.pool.query(
    `insert into plugins (name, tenant_id, visibility, title, description, latest_version)
     values ($2, $1, $3, 't', 'd', '1.0.0')`,
    [ofTenant, name, visibility],
  );
  await fixtures.pool.query(
    `insert into plugin_versions (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by)
     values ($2, '1.0.0', $1, $3, 'sha512-x', '{}', '', 1, 'u')`,
    [ofTenant, name, visibility],
  );
};

it('starts a run when another ends, with what happened in its trigger', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target, source });
  const runId = await endRunOf(source, 'failed');
  expect(await startFromEvents({ pool })).toEqual({ started: 1, refused: 0, hasMore: false });
  expect(await runsOf(triggerId)).toEqual([
    {
      id: expect.any(String),
      pipeline_id: target.pipelineId,
      status: 'pending',
      priority: -3,
      trigger: {
        type: 'event',
        trigger: triggerId,
        name: triggerId,
        event: { type: 'run_ended', runId, pipelineId: source.pipelineId, status: 'failed' },
        chain: 1,
      },
    },
  ]);
  expect(await startFromEvents({ pool })).toMatchObject({ started: 0 });
});

it('starts nothing while more runs wait to begin than ever should', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target, source });
  const ended = await endRunOf(source);
  await fixtures.pool.query(
    `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
     select gen_random_uuid(), tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by
     from runs, generate_series(1, 10000) where id = $1`,
    [ended],
  );
  expect(await startFromEvents({ pool })).toEqual({ started: 0, refused: 1, hasMore: false });
  expect(await problemOf(triggerId)).toBe('10000 runs of the tenant wait to begin already.');
  await fixtures.pool.query(`delete from runs where status = 'pending' and tenant_id = $1`, [tenantId]);
  await endRunOf(source);
  expect(await startFromEvents({ pool })).toMatchObject({ started: 1 });
  expect(await problemOf(triggerId)).toBeNull();
});

it('takes the events of all tenants in turn', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  await createTrigger({ starts: target, source });
  for (let count = 0; count < 5; count += 1) await endRunOf(source);
  const otherTenant = await fixtures.createTenant(`t-${randomUUID().slice(0, 8)}`);
  const [otherSource, otherTarget] = [
    await createPipeline('source', otherTenant),
    await createPipeline('target', otherTenant),
  ];
  const late = await createTrigger({ starts: otherTarget, source: otherSource });
  await endRunOf(otherSource);
  expect(await startFromEvents({ pool, limit: 2 })).toMatchObject({ started: 2, hasMore: true });
  expect(await runsOf(late)).toHaveLength(1);
});

it('listens to the statuses that it names alone', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const failures = await createTrigger({ starts: target, source, statuses: ['failed', 'canceled'] });
  const all = await createTrigger({ starts: target, source });
  for (const status of ['succeeded', 'failed', 'canceled']) await endRunOf(source, status);
  await startFromEvents({ pool });
  expect((await runsOf(failures)).map((run) => run.trigger.event.status)).toEqual(['failed', 'canceled']);
  expect(await runsOf(all)).toHaveLength(3);
});

it('does not answer the runs that it started unless it names its own pipeline', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target });
  await endRunOf(source);
  await startFromEvents({ pool });
  const [started] = await runsOf(triggerId);
  await endRun(started?.id);
  await startFromEvents({ pool });
  expect(await runsOf(triggerId)).toHaveLength(1);
});

it('hears of no other tenant', async () => {
  const stranger = await createPipeline('stranger', await fixtures.createTenant(`o-${randomUUID().slice(0, 8)}`));
  const triggerId = await createTrigger({ starts: await createPipeline('target') });
  await endRunOf(stranger);
  await startFromEvents({ pool });
  expect(await runsOf(triggerId)).toEqual([]);
});

it('starts one run for an event that two workers take at once', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target, source });
  for (let index = 0; index < 5; index += 1) await endRunOf(source);
  const outcomes = await Promise.all(Array.from({ length: 3 }, () => startFromEvents({ pool })));
  expect(outcomes.reduce((sum, outcome) => sum + outcome.started, 0)).toBe(5);
  expect(await runsOf(triggerId)).toHaveLength(5);
});

it('hears of public plugins of everybody and of private ones of its own tenant', async () => {
  const suffix = randomUUID().slice(0, 8);
  const other = await fixtures.createTenant(`o-${suffix}`);
  const target = await createPipeline('target');
  const any = await createTrigger({ starts: target, event: 'plugin_published' });
  const named = await createTrigger({ starts: target, event: 'plugin_published', plugin: `@o/public-${suffix}` });
  await publish(other, `@o/public-${suffix}`, 'public');
  await publish(other, `@o/private-${suffix}`, 'private');
  await publish(tenantId, `@t/private-${suffix}`, 'private');
  await startFromEvents({ pool });
  expect((await runsOf(any)).map((run) => run.trigger.event.plugin)).toEqual([
    `@o/public-${suffix}`,
    `@t/private-${suffix}`,
  ]);
  expect((await runsOf(named)).map((run) => run.trigger.event)).toEqual([
    { type: 'plugin_published', plugin: `@o/public-${suffix}`, version: '1.0.0' },
  ]);
});

it('stops a circle of two pipelines and says so', async () => {
  const [ping, pong] = [await createPipeline('ping'), await createPipeline('pong')];
  const triggers = [
    await createTrigger({ starts: pong, source: ping }),
    await createTrigger({ starts: ping, source: pong }),
  ];
  await endRunOf(ping);
  let rounds = 0;
  for (; (await startFromEvents({ pool })).started > 0; rounds += 1) {
    await fixtures.pool.query(
      `update runs set status = 'succeeded', finished_at = now() where tenant_id = $1 and finished_at is null`,
      [tenantId],
    );
  }
  expect(rounds).toBe(MAX_EVENT_CHAIN);
  const problems = await Promise.all(triggers.map((trigger) => problemOf(trigger)));
  expect(problems.filter((problem) => problem?.includes('circle'))).toHaveLength(1);
});

it('says what keeps it from starting until it starts again, and drops the event', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target, source, parameters: { unknown: 1 } });
  await endRunOf(source);
  expect(await startFromEvents({ pool })).toEqual({ started: 0, refused: 1, hasMore: false });
  expect(await problemOf(triggerId)).toContain("no parameter 'unknown'");
  await fixtures.pool.query(`update event_triggers set parameters = '{}' where id = $1`, [triggerId]);
  await endRunOf(source);
  await startFromEvents({ pool });
  expect(await problemOf(triggerId)).toBeNull();
  expect(await runsOf(triggerId)).toHaveLength(1);
  await fixtures.pool.query('update pipelines set archived_at = now() where id = $1', [target.pipelineId]);
  await endRunOf(source);
  await startFromEvents({ pool });
  expect(await problemOf(triggerId)).toBe('The pipeline is archived.');
});

it('starts nothing for what happened before it was disabled', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const triggerId = await createTrigger({ starts: target, source });
  await endRunOf(source);
  await fixtures.pool.query('update event_triggers set is_enabled = false where id = $1', [triggerId]);
  expect(await startFromEvents({ pool })).toEqual({ started: 0, refused: 0, hasMore: false });
  expect(await runsOf(triggerId)).toEqual([]);
});

it('says when a quota is used up, and lets the event go', async () => {
  const [source, target] = [await createPipeline('source'), await createPipeline('target')];
  const id = await createTrigger({ starts: target, source });
  const event = { type: 'run_ended', chain: 1 };
  const happen = () =>
    fixtures.pool.query(
      `insert into trigger_events (tenant_id, trigger_id, subject, event) values ($1, $2, 'run:' || gen_random_uuid(), $3)`,
      [tenantId, id, JSON.stringify(event)],
    );
  await fixtures.pool.query('update tenant_limits set max_runs_per_day = 1 where tenant_id = $1', [tenantId]);
  await happen();
  await happen();
  expect(await startFromEvents({ pool })).toMatchObject({ started: 1, refused: 1 });
  const { rows } = await fixtures.pool.query('select problem from event_triggers where id = $1', [id]);
  expect(rows).toEqual([{ problem: expect.stringMatching(/^The quota of 1 runs a day is used up\./) }]);
  const left = await fixtures.pool.query('select from trigger_events where trigger_id = $1', [id]);
  expect(left.rowCount).toBe(0);
});
