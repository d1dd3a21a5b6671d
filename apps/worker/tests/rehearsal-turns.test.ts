import { randomUUID } from 'node:crypto';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { createPool } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: TestDatabase;
let admin: Pool;
let worker: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = createPool({ url: database.adminUrl, applicationName: 'turns', maxConnections: 1 });
  worker = createPool({ url: database.urls.worker, applicationName: 'turns', maxConnections: 1 });
});

afterAll(async () => {
  await worker?.end();
  await admin?.end();
  await database?.drop();
});

const ask = (tenantId: string, minutesAgo: number) =>
  admin.query(
    `insert into rehearsals (id, tenant_id, plugin_name, to_version, to_integrity, max_samples, requested_by, requested_at)
    values ($1, $2, '@a/b', '2.0.0', 'sha512-x', 1, 'u', now() - make_interval(mins => $3))`,
    [randomUUID(), tenantId, minutesAgo],
  );

/** Takes the next one and ends it. */
const takeTurn = async (): Promise<string | undefined> => {
  const sql = 'select tenant_id as "tenantId" from take_rehearsal($1, 15000)';
  const { rows } = await worker.query<{ tenantId: string }>(sql, [randomUUID()]);
  await admin.query(`update rehearsals set status = 'succeeded', finished_at = now() where status = 'running'`);
  return rows[0]?.tenantId;
};

test('who asks for many rehearsals does not keep others waiting for all of them', async () => {
  const [greedy, modest] = [
    await seedTenant(database, { slug: 'greedy', name: 'g' }),
    await seedTenant(database, { slug: 'modest', name: 'm' }),
  ];
  for (const minutesAgo of [5, 4, 3]) await ask(greedy.tenantId, minutesAgo);
  await ask(modest.tenantId, 1);
  const turns = [await takeTurn(), await takeTurn(), await takeTurn(), await takeTurn(), await takeTurn()];
  expect(turns).toEqual([greedy.tenantId, modest.tenantId, greedy.tenantId, greedy.tenantId, undefined]);
});
