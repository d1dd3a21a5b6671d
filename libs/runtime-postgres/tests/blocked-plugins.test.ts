import { randomUUID } from 'node:crypto';
import { createTestDatabase, installPlugin, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing/run-fixtures.ts';
import { createChildStarter } from '../src/children/child-runs.ts';
import type { StoredRun } from '../src/run/run-store.ts';
import { fireSchedules } from '../src/triggers/fire-schedules.ts';
import { startFromEvents } from '../src/triggers/start-from-events.ts';

const NAME = '@community/leaky';
const PLUGIN = { name: NAME, version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` };
const NINE = new Date('2026-11-23T09:00:00Z');

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;
let tenantId: string;
let pipeline: PipelineFixture;
let advisoryId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 4 });
});

beforeEach(async () => {
  tenantId = await fixtures.createTenant(`t-${randomUUID().slice(0, 8)}`);
  await installPlugin(fixtures.pool, { tenantId, plugin: PLUGIN, grant: {} });
  const definition = { name: 'leaks', steps: [{ id: 'only', uses: 'core.noop' }] };
  pipeline = await fixtures.createPipeline(tenantId, definition, { resolvedPlugins: { leaky: PLUGIN }, name: 'leaks' });
  advisoryId = randomUUID();
  await fixtures.pool.query(
    `with warned as (insert into advisories (id, tenant_id, plugin_name, affected_range, severity, title, description, published_by)
       select $1, tenant_id, name, '1.x', 'critical', 'It leaks', '', 't' from plugins where name = $2 returning id, tenant_id, plugin_name)
     insert into advisory_versions (tenant_id, advisory_id, plugin_name, version) select tenant_id, id, plugin_name, '1.0.0' from warned`,
    [advisoryId, NAME],
  );
});

const withdraw = () => fixtures.pool.query('update advisories set withdrawn_at = now() where id = $1', [advisoryId]);

afterAll(async () => {
  await pool?.end();
  await fixtures?.close();
  await database?.drop();
});

const PROBLEM = /@community\/leaky@1\.0\.0.*critical: It leaks/;

it('a schedule starts nothing, says why, and goes on when it may', async () => {
  const id = randomUUID();
  await fixtures.pool.query(
    `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, priority, catch_up, next_at, created_by)
     values ($1::text::uuid, $2, $3, $1::text, '0 * * * *', 'UTC', '{}', 0, 'latest', $4, 'u')`,
    [id, tenantId, pipeline.pipelineId, NINE],
  );
  const problem = async () =>
    (await fixtures.pool.query<{ problem: string | null }>('select problem from schedules where id = $1', [id])).rows[0]
      ?.problem;
  expect(await fireSchedules({ pool, now: NINE })).toMatchObject({ started: 0, refused: 1 });
  expect(await problem()).toMatch(PROBLEM);
  await withdraw();
  expect(await fireSchedules({ pool, now: new Date('2026-11-23T10:00:00Z') })).toMatchObject({
    started: 1,
    refused: 0,
  });
  expect(await problem()).toBeNull();
});

it('an event starts nothing, and its trigger says why', async () => {
  const id = randomUUID();
  await fixtures.pool.query(
    `insert into event_triggers (id, tenant_id, pipeline_id, name, event, statuses, parameters, priority, created_by)
     values ($1::text::uuid, $2, $3, $1::text, 'run_ended', '{}', '{}', 0, 'u')`,
    [id, tenantId, pipeline.pipelineId],
  );
  await fixtures.pool.query(
    `insert into trigger_events (tenant_id, trigger_id, subject, event) values ($1, $2, 'run:x', '{"type":"run_ended","chain":1}')`,
    [tenantId, id],
  );
  expect(await startFromEvents({ pool })).toMatchObject({ started: 0, refused: 1 });
  const { rows } = await fixtures.pool.query<{ problem: string }>('select problem from event_triggers where id = $1', [
    id,
  ]);
  expect(rows[0]?.problem).toMatch(PROBLEM);
  await withdraw();
});

it('a sub-pipeline fails its step with the reason', async () => {
  const above = await fixtures.createPipeline(tenantId, { name: 'above', steps: [{ id: 'a', uses: 'core.noop' }] });
  const runId = await fixtures.startRun(above);
  const parent = { tenantId, runId, seed: 1, priority: 0, trigger: {} } as StoredRun;
  const child = { key: 'a', stepId: 'a', pipeline: 'leaks', range: '*', parameters: {}, depth: 1 } as never;
  const error = await createChildStarter(pool, parent).start(child, new AbortController().signal);
  expect(error).toMatchObject({
    code: 'IA_PLUGIN_ADVISORY',
    message: expect.stringMatching(PROBLEM),
    retryable: false,
  });
  await withdraw();
});

it('what is taken down outweighs an advisory, and what nothing stands against starts', async () => {
  const takedownId = randomUUID();
  await fixtures.pool.query(
    `insert into takedowns (id, tenant_id, plugin_name, reason, taken_down_by) select $1, tenant_id, name, 'Malware', 'op' from plugins where name = $2`,
    [takedownId, NAME],
  );
  await expect(fixtures.startRun(pipeline)).rejects.toMatchObject({
    code: 'IAP01',
    message: expect.stringContaining('taken down: Malware'),
  });
  await fixtures.pool.query('update takedowns set lifted_at = now() where id = $1', [takedownId]);
  await withdraw();
  await fixtures.startRun(pipeline);
});
