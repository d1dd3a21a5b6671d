import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createRuntime, type Runtime } from '../src/index.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
const runtimes: Runtime[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
});

afterAll(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  await fixtures?.close();
  await database?.drop();
});

const startWorker = (): void => {
  const runtime = createRuntime({
    databaseUrl: database.urls.worker,
    executorFor: () => ({ execute: async (request) => request.input }),
  });
  runtimes.push(runtime);
};

const runsOf = async ({ pipelineId }: PipelineFixture) =>
  (
    await fixtures.pool.query('select id, status, outputs from runs where pipeline_id = $1 order by created_at', [
      pipelineId,
    ])
  ).rows;

it('two workers run a schedule that is due, and what follows from the end of its run, once', async () => {
  const tenantId = await fixtures.createTenant('acme');
  const report = await fixtures.createPipeline(tenantId, {
    name: 'report',
    steps: [{ id: 'only', uses: 'core.noop' }],
    outputs: { at: '{{ trigger.at }}' },
  });
  const notify = await fixtures.createPipeline(tenantId, {
    name: 'notify',
    steps: [{ id: 'only', uses: 'core.noop' }],
    outputs: { of: '{{ trigger.event.runId }}', how: '{{ trigger.event.status }}' },
  });
  const midnight = new Date(new Date().setUTCHours(0, 0, 0, 0));
  await fixtures.pool.query(
    `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, catch_up, next_at, created_by)
     values ($1, $2, $3, 'daily', '0 0 * * *', 'UTC', '{}', 'latest', $4, 'u')`,
    [randomUUID(), tenantId, report.pipelineId, midnight],
  );
  await fixtures.pool.query(
    `insert into event_triggers (id, tenant_id, pipeline_id, name, event, source_pipeline_id, statuses, parameters, created_by)
     values ($1, $2, $3, 'after', 'run_ended', $4, '{succeeded}', '{}', 'u')`,
    [randomUUID(), tenantId, notify.pipelineId, report.pipelineId],
  );
  startWorker();
  startWorker();
  const notified = await vi.waitUntil(async () => (await runsOf(notify)).find((run) => run.status === 'succeeded'), {
    timeout: 20_000,
  });
  const reported = await runsOf(report);
  expect(reported).toMatchObject([{ status: 'succeeded', outputs: { at: midnight.toISOString() } }]);
  expect(notified.outputs).toEqual({ of: reported[0]?.id, how: 'succeeded' });
  expect(await runsOf(notify)).toHaveLength(1);
});
