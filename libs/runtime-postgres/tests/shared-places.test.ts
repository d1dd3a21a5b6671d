import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json } from '@ia-modules/engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRuntime, type Runtime, type RuntimeOptions } from '../src/index.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing.ts';

/** For a machine that is busy with other tests. */
const PATIENCE = { timeout: 10_000 };

let database: TestDatabase;
let fixtures: RunFixtures;
let runtime: Runtime | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
});

afterAll(async () => {
  await fixtures.close();
  await database.drop();
});

afterEach(async () => {
  await runtime?.stop();
});

/** Attempts that have begun, in order; each ends when it is told to. */
const createAttempts = () => {
  const begun: { readonly tenantId: string; end(): void }[] = [];
  const executorFor: RuntimeOptions['executorFor'] = ({ tenantId }) => ({
    execute: () => {
      const { promise, resolve } = Promise.withResolvers<Json>();
      begun.push({ tenantId, end: () => resolve(null) });
      return promise;
    },
  });
  return { begun, executorFor };
};

const startRuntime = async (options: Omit<RuntimeOptions, 'databaseUrl'>): Promise<void> => {
  runtime = createRuntime({ databaseUrl: database.urls.worker, ...options });
  await runtime.leading;
};

const createPipeline = async (slug: string, definition: object = {}): Promise<PipelineFixture> =>
  fixtures.createPipeline(await fixtures.createTenant(slug), {
    name: slug,
    steps: [{ id: 'work', uses: 'test.work' }],
    ...definition,
  });

const startRuns = (pipeline: PipelineFixture, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => fixtures.startRun(pipeline)));

test('a flood leaves room for the runs of another tenant, and all of them end', async () => {
  const { begun, executorFor } = createAttempts();
  const [flood, small] = [await createPipeline('flood'), await createPipeline('small')];
  const runIds = await startRuns(flood, 20);
  await startRuntime({ executorFor, maxConcurrentRuns: 8 });
  await expect.poll(() => begun.length, PATIENCE).toBe(7);
  runIds.push(await fixtures.startRun(small));
  await expect.poll(() => begun.length, PATIENCE).toBe(8);
  expect(begun.at(-1)?.tenantId).toBe(small.tenantId);

  const runs = Promise.all(runIds.map((runId) => fixtures.untilEnded(runId)));
  for (let next = 0; next < runIds.length; next += 1) {
    await expect.poll(() => begun.length, PATIENCE).toBeGreaterThan(next);
    begun[next]?.end();
  }
  expect((await runs).every(({ status }) => status === 'succeeded')).toBe(true);
});

test('limits hold runs and attempts back, and the report of the worker says so', async () => {
  const { begun, executorFor } = createAttempts();
  const map = { steps: [{ id: 'work', uses: 'test.work', for_each: { items: '{{ [1, 2, 3] }}' } }] };
  const [limited, narrow] = [await createPipeline('limited', map), await createPipeline('narrow')];
  const limits = { weight: 1, max_concurrent_runs: 1, max_concurrent_tasks: 2 };
  await fixtures.pool.query('select set_tenant_limits($1, $2)', [limited.tenantId, limits]);
  await fixtures.pool.query('update pipelines set max_concurrent_runs = 1 where id = $1', [narrow.pipelineId]);
  const runIds = [...(await startRuns(limited, 2)), ...(await startRuns(narrow, 2))];
  await startRuntime({ executorFor });

  const readReport = async (): Promise<unknown> =>
    (await fixtures.pool.query("select report -> 'tenants' as tenants from worker_leases")).rows[0]?.tenants;
  await expect.poll(readReport, PATIENCE).toEqual({
    [limited.tenantId]: { activeRuns: 1, activeTasks: 2, queuedTasks: 1 },
    [narrow.tenantId]: { activeRuns: 1, activeTasks: 1, queuedTasks: 0 },
  });

  const runs = Promise.all(runIds.map((runId) => fixtures.untilEnded(runId)));
  for (let next = 0; next < 8; next += 1) {
    await expect.poll(() => begun.length, PATIENCE).toBeGreaterThan(next);
    begun[next]?.end();
  }
  expect((await runs).every(({ status }) => status === 'succeeded')).toBe(true);
});
