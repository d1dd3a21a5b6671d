import {
  appendAudit,
  type AuditRange,
  createDatabase,
  type Database,
  verifyAudit,
  withTenant,
} from '@ia-modules/database';
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
  ['a changed entry', `update audit_log set details = '{"index": 9}' where seq = 2 and tenant_id = $1`, 2n, 'content'],
  [
    'another origin',
    `update audit_log set origin = '{"address": "::1"}' where seq = 2 and tenant_id = $1`,
    2n,
    'content',
  ],
  ['a removed entry', 'delete from audit_log where seq = 2 and tenant_id = $1', 2n, 'gap'],
  ['a replaced hash', `update audit_log set hash = repeat('a', 64) where seq = 2 and tenant_id = $1`, 2n, 'content'],
  ['a cut chain', `update audit_log set previous_hash = repeat('0', 64) where seq = 2 and tenant_id = $1`, 2n, 'chain'],
  ['a removed end', 'delete from audit_log where seq = 3 and tenant_id = $1', 3n, 'end'],
  ['an end that its head forgot', 'update audit_heads set seq = 2 where tenant_id = $1', 2n, 'end'],
  [
    'an added end',
    `insert into audit_log (tenant_id, seq, at, actor, action, target, details, previous_hash, hash)
      select tenant_id, 4, at, actor, action, target, details, hash, hash from audit_log where seq = 3 and tenant_id = $1`,
    4n,
    'end',
  ],
  [
    'two entries in each other’s place',
    `update audit_log a
      set at = b.at, details = b.details, previous_hash = b.previous_hash, hash = b.hash from audit_log b
      where a.tenant_id = $1 and a.seq in (2, 3) and b.tenant_id = a.tenant_id and b.seq = 5 - a.seq`,
    2n,
    'chain',
  ],
])('%s is found', async (_name, tamper, brokenAtSeq, reason) => {
  for (const index of [1, 2, 3]) await append('pipeline.update', { index });
  await admin.query(tamper, [tenant.tenantId]);
  expect(await verify()).toEqual({ isIntact: false, brokenAtSeq, reason });
});

test('a long log is checked part by part, each from the end of the one before', async () => {
  for (let index = 1; index <= 5; index += 1) await append('pipeline.update', { index });
  const part = (range: AuditRange) =>
    withTenant(database, tenant.tenantId, (tx) => verifyAudit(tx, tenant.tenantId, range));
  const first = await part({ limit: 3 });
  expect(first).toMatchObject({ isIntact: true, entries: 3, lastSeq: 3n, isComplete: false });
  const previousHash = first.isIntact ? first.lastHash : '';
  const rest = await part({ fromSeq: 4n, previousHash, limit: 3 });
  expect(rest).toMatchObject({ isIntact: true, entries: 2, lastSeq: 5n, isComplete: true });
  expect(await part({ fromSeq: 4n, previousHash: 'a'.repeat(64) })).toEqual({
    isIntact: false,
    brokenAtSeq: 4n,
    reason: 'chain',
  });
  expect(await part({ fromSeq: 6n })).toMatchObject({ isIntact: true, entries: 0, isComplete: true });
  expect(await part({ fromSeq: 9n })).toMatchObject({ isIntact: false, brokenAtSeq: 8n });
});

test('an entry says from where it was asked for', async () => {
  const origin = { address: '192.0.2.7', userAgent: 'curl/8', requestId: 'r1' };
  const { tenantId } = tenant;
  const actor = { kind: 'service', serviceAccountId: 's1', tokenId: 't1' } as const;
  await withTenant(
    database,
    tenantId,
    (tx) => appendAudit(tx, { tenantId, actor, action: 'run.start', target: 'run:1', details: {} }),
    { origin },
  );
  const entries = await withTenant(database, tenantId, (tx) => tx.auditEntry.findMany());
  expect(entries).toMatchObject([{ origin, actor, seq: 1n }]);
});

test('the API may neither change nor remove entries', async () => {
  await append('pipeline.create');
  const change = (sql: string) =>
    withTenant(database, tenant.tenantId, (tx) => tx.$executeRawUnsafe(sql)).catch((error: unknown) => String(error));
  expect(await change(`update audit_log set action = 'x'`)).toContain('permission denied');
  expect(await change('delete from audit_log')).toContain('permission denied');
});
