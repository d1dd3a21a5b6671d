import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { trimSharing } from '../src/retention/trim-sharing.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing.ts';

const NOW = Date.UTC(2026, 0, 31);
const MEBIBYTE = 1_024 * 1_024;

let database: TestDatabase;
let fixtures: RunFixtures;
let worker: Pool;
let acme: PipelineFixture;
let globex: PipelineFixture;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  worker = createPool({ url: database.urls.worker, applicationName: 'trimming', maxConnections: 2 });
  acme = await fixtures.createPipeline(await fixtures.createTenant('acme'), { name: 'p', steps: [] });
  globex = await fixtures.createPipeline(await fixtures.createTenant('globex'), { name: 'p', steps: [] });
});
afterAll(async () => {
  await worker.end();
  await fixtures.close();
  await database.drop();
});
beforeEach(() => fixtures.pool.query('truncate step_results, router_arms'));

/** Results under the keys 1, 2, 3 …, the first one the newest. */
const store = async (
  { tenantId, pipelineId }: PipelineFixture,
  { count, bytes = MEBIBYTE, expiresAt = NOW + 1 }: { count: number; bytes?: number; expiresAt?: number },
): Promise<void> => {
  await fixtures.pool.query(
    `insert into step_results (tenant_id, pipeline_id, step_id, key, output, size_bytes, stored_at, expires_at)
     select $1, $2, 's', age, 'null', $4, $5::timestamptz - make_interval(secs => age), $6
     from generate_series(1, $3::int) age`,
    [tenantId, pipelineId, count, bytes, new Date(NOW), new Date(expiresAt)],
  );
};

const keysOf = async ({ tenantId }: PipelineFixture): Promise<number[]> => {
  const { rows } = await fixtures.pool.query<{ key: number }>(
    'select key::int from step_results where tenant_id = $1 order by 1',
    [tenantId],
  );
  return rows.map(({ key }) => key);
};

const trim = async (...grown: PipelineFixture[]): Promise<void> =>
  trimSharing({
    pool: worker,
    now: NOW,
    grown: new Set(grown.map(({ tenantId }) => tenantId)),
    signal: new AbortController().signal,
  });

test('results that are over their time are forgotten, whoever has stored them', async () => {
  await store(acme, { count: 2_500, bytes: 1, expiresAt: NOW });
  await store(globex, { count: 3, bytes: 1 });
  await trim();
  expect(await keysOf(acme)).toEqual([]);
  expect(await keysOf(globex)).toEqual([1, 2, 3]);
});

test('of more results than a tenant may have, the oldest are forgotten', async () => {
  await store(acme, { count: 70 });
  await store(globex, { count: 64 });
  await trim(acme, globex);
  expect(await keysOf(acme)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  expect(await keysOf(globex)).toHaveLength(64);
});

test('of more than twenty thousand ways of routers, those that were rewarded longest ago are forgotten', async () => {
  const { tenantId, pipelineId } = acme;
  await fixtures.pool.query(
    `insert into router_arms (tenant_id, pipeline_id, step_id, context, arm, pulls, reward, rewarded_at)
     select $1, $2, 's', age, 'a', 1, 1, $3::timestamptz - make_interval(secs => age) from generate_series(1, 21500) age`,
    [tenantId, pipelineId, new Date(NOW)],
  );
  await trim(acme);
  const { rows } = await fixtures.pool.query(
    'select count(*)::int as count, max(context::int) as oldest from router_arms',
  );
  expect(rows).toEqual([{ count: 20_000, oldest: 20_000 }]);
});
