import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createLimitsReader, NO_LIMITS } from '../src/scheduling/tenant-limits.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing/run-fixtures.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'limits', maxConnections: 2 });
});

afterAll(async () => {
  await pool.end();
  await fixtures.close();
  await database.drop();
});

test('reads what was set for tenants and pipelines, and what is taken back', async () => {
  const tenantId = await fixtures.createTenant('limited');
  const { pipelineId } = await fixtures.createPipeline(tenantId, { name: 'limited', steps: [] });
  const limits = createLimitsReader(pool);
  await limits.refresh();
  expect([limits.of(tenantId), limits.ofPipeline(pipelineId)]).toEqual([NO_LIMITS, null]);

  const setLimits = (set: object) => fixtures.pool.query('select set_tenant_limits($1, $2)', [tenantId, set]);
  await setLimits({ weight: 5, max_concurrent_runs: 10, max_runs_per_minute: 600 });
  await fixtures.pool.query('update pipelines set max_concurrent_runs = 3 where id = $1', [pipelineId]);
  await limits.refresh();
  expect(limits.of(tenantId)).toEqual({
    weight: 5,
    maxConcurrentRuns: 10,
    maxConcurrentTasks: null,
    maxRunsPerMinute: 600,
  });
  expect(limits.ofPipeline(pipelineId)).toBe(3);

  await setLimits({ weight: 1 });
  await fixtures.pool.query('update pipelines set max_concurrent_runs = null where id = $1', [pipelineId]);
  await limits.refresh();
  expect([limits.of(tenantId), limits.ofPipeline(pipelineId)]).toEqual([NO_LIMITS, null]);
});
