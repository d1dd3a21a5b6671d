import { appendAudit, createDatabase, type Database, verifyAudit, withTenant } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let testDatabase: TestDatabase;
let database: Database;
let admin: Client;
let tenant: SeededTenant;
let nextTenant = 1;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.urls.app });
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await database?.close();
  await testDatabase?.drop();
});

beforeEach(async () => {
  tenant = await seedTenant(testDatabase, { slug: `tenant-${nextTenant++}`, name: 'Tenant' });
});

function append(action: string, details: Record<string, unknown> = {}): Promise<void> {
  return withTenant(database, tenant.tenantId, (tx) =>
    appendAudit(tx, {
      tenantId: tenant.tenantId,
      actor: { kind: 'user', userId: tenant.userId },
      action,
      target: 'pipeline:1',
      details,
    }),
  );
}

const verify = () => withTenant(database, tenant.tenantId, (tx) => verifyAudit(tx, tenant.tenantId));

test('a chain written by many at once is whole', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => append('pipeline.create', { index })));
  expect(await verify()).toMatchObject({ isIntact: true, entries: 20 });
});

test('details keep their hash through the database whatever their shape', async () => {
  await append('pipeline.create', { z: 1, a: { y: [1, 2.5, 1e21, -0, null], b: undefined }, ü: 'ß \u2028 "q"' });
  expect(await verify()).toMatchObject({ isIntact: true, entries: 1 });
});

test('an empty chain is whole', async () => {
  expect(await verify()).toMatchObject({ isIntact: true, entries: 0 });
});

test('a mutation that fails leaves no entry', async () => {
  const failing = withTenant(database, tenant.tenantId, async (tx) => {
    await appendAudit(tx, {
      tenantId: tenant.tenantId,
      actor: { kind: 'system', part: 'api' },
      action: 'pipeline.create',
      target: 'pipeline:1',
      details: {},
    });
    throw new Error('later failure');
  });
  await expect(failing).rejects.toThrow('later failure');
  expect(await verify()).toMatchObject({ entries: 0 });
});

test.each([
  ['a changed entry', `update audit_log set details = '{"index": 9}' where seq = 2 and tenant_id = $1`, 'content'],
  ['a removed entry', `delete from audit_log where seq = 2 and tenant_id = $1`, 'gap'],
  ['a replaced hash', `update audit_log set hash = repeat('a', 64) where seq = 2 and tenant_id = $1`, 'content'],
  ['a cut chain', `update audit_log set previous_hash = repeat('0', 64) where seq = 2 and tenant_id = $1`, 'chain'],
])('%s is found', async (_name, tamper, reason) => {
  for (const index of [1, 2, 3]) await append('pipeline.update', { index });
  await admin.query(tamper, [tenant.tenantId]);
  expect(await verify()).toEqual({ isIntact: false, brokenAtSeq: 2n, reason });
});

test('the API may neither change nor remove entries', async () => {
  await append('pipeline.create');
  const change = (sql: string) =>
    withTenant(database, tenant.tenantId, (tx) => tx.$executeRawUnsafe(sql)).catch((error: unknown) => String(error));
  expect(await change(`update audit_log set action = 'x'`)).toContain('permission denied');
  expect(await change('delete from audit_log')).toContain('permission denied');
});
