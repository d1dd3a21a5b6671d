import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type Database, withTenant, withTenantClient } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.urls.app });
});

afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

test('a tenant sees itself through Prisma and through SQL, and no other tenant', async () => {
  const acme = await seedTenant(testDatabase, { slug: 'acme', name: 'Acme' });
  const globex = await seedTenant(testDatabase, { slug: 'globex', name: 'Globex' });
  const seen = await withTenant(database, acme.tenantId, (tx) => tx.tenant.findMany());
  expect(seen.map((tenant) => tenant.slug)).toEqual(['acme']);
  const rows = await withTenantClient(database.pool, globex.tenantId, async (client) => {
    const result = await client.query('select slug from tenants');
    return result.rows;
  });
  expect(rows).toEqual([{ slug: 'globex' }]);
  expect(await database.prisma.tenant.count()).toBe(0);
});

test('work that fails is taken back, and the next one on the connection sees no tenant of it', async () => {
  const { tenantId } = await seedTenant(testDatabase, { slug: 'initech', name: 'Initech' });
  const single = createDatabase({ url: testDatabase.urls.app, maxConnections: 1 });
  try {
    const failing = withTenantClient(single.pool, tenantId, async (client) => {
      await client.query(`insert into pipelines (id, tenant_id, name, revision, created_by)
        values (gen_random_uuid(), '${tenantId}', 'p', 1, 'u')`);
      throw new Error('later failure');
    });
    await expect(failing).rejects.toThrow('later failure');
    expect((await single.pool.query('select * from tenants')).rows).toEqual([]);
    const pipelines = await withTenantClient(single.pool, tenantId, (client) =>
      client.query('select * from pipelines'),
    );
    expect(pipelines.rows).toEqual([]);
  } finally {
    await single.close();
  }
});

test('databases are made side by side', async () => {
  const databases = await Promise.all([1, 2, 3, 4].map(() => createTestDatabase()));
  expect(new Set(databases.map((made) => made.adminUrl)).size).toBe(4);
  await Promise.all(databases.map((made) => made.drop()));
});
