import {
  createApiToken,
  createDatabase,
  createListener,
  createTokenVerifier,
  type Database,
  findMemberships,
  hashApiToken,
  type Listener,
  type TokenVerifier,
  verifyApiToken,
  withTenant,
} from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

let testDatabase: TestDatabase;
let database: Database;
let registry: Database;
let admin: Client;
let listener: Listener;
let verifier: TokenVerifier;
let tenant: SeededTenant;
let nextTenant = 1;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.urls.app });
  registry = createDatabase({ url: testDatabase.urls.registry });
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
  listener = createListener(testDatabase.urls.app);
  verifier = createTokenVerifier(database.pool, { listener });
});

afterAll(async () => {
  await verifier?.close();
  await listener?.close();
  await admin?.end();
  await registry?.close();
  await database?.close();
  await testDatabase?.drop();
});

beforeEach(async () => {
  tenant = await seedTenant(testDatabase, { slug: `tenant-${nextTenant++}`, name: 'Tenant' });
});

/** Somebody who may change and leave: the last owner of a tenant may not. */
const seedAdmin = (): Promise<SeededTenant> =>
  seedTenant(testDatabase, { slug: `tenant-${nextTenant++}`, name: 'Tenant', role: 'admin' });

test('a token acts for its tenant with its scopes, for the API and the registry alike', async () => {
  const token = await tenant.apiToken(['RUNS_READ', 'PLUGINS_PUBLISH']);
  const expected = {
    kind: 'token',
    createdBy: tenant.userId,
    tenantId: tenant.tenantId,
    role: 'owner',
    scopes: ['RUNS_READ', 'PLUGINS_PUBLISH'],
  };
  expect(await verifyApiToken(database.pool, token)).toMatchObject(expected);
  expect(await verifyApiToken(registry.pool, token)).toMatchObject(expected);
});

test('unknown and malformed tokens act for nobody', async () => {
  expect(await verifyApiToken(database.pool, `ia_${'x'.repeat(43)}`)).toBeNull();
  expect(await verifyApiToken(database.pool, "ia_' or true --")).toBeNull();
});

test('an expired token is dead', async () => {
  const token = await tenant.apiToken(['RUNS_READ']);
  await admin.query(`update api_tokens set expires_at = now() - interval '1 second' where hash = $1`, [
    hashApiToken(token),
  ]);
  expect(await verifyApiToken(database.pool, token)).toBeNull();
});

test('a token follows the role of its creator and dies when the creator leaves', async () => {
  const creator = await seedAdmin();
  const { userId } = creator;
  const token = await creator.apiToken(['RUNS_READ']);
  await admin.query(`update auth."member" set "role" = 'viewer' where "userId" = $1`, [userId]);
  expect(await verifyApiToken(database.pool, token)).toMatchObject({ role: 'viewer' });
  await admin.query(`delete from auth."member" where "userId" = $1`, [userId]);
  expect(await verifyApiToken(database.pool, token)).toBeNull();
});

test('a revoked token is refused although the verifier remembered it', async () => {
  const token = await tenant.apiToken(['RUNS_READ']);
  expect(await verifier.verify(token)).not.toBeNull();
  await withTenant(database, tenant.tenantId, (tx) =>
    tx.apiToken.updateMany({ where: { hash: hashApiToken(token) }, data: { revokedAt: new Date() } }),
  );
  await vi.waitFor(async () => expect(await verifier.verify(token)).toBeNull(), { timeout: 10_000 });
});

test('a token of a service account has the role of that, and none while it is disabled', async () => {
  const { tenantId } = tenant;
  const id = crypto.randomUUID();
  const data = { id, tenantId, name: 'robot', description: '', role: 'operator', createdBy: tenant.userId };
  const { token } = await withTenant(database, tenantId, async (tx) => {
    await tx.serviceAccount.create({ data });
    const owner = { createdBy: `service:${id}`, serviceAccountId: id };
    return createApiToken(tx, { tenantId, name: 'test', scopes: ['RUNS_READ'], ...owner });
  });
  const expected = { createdBy: `service:${id}`, serviceAccountId: id, role: 'operator' };
  expect(await verifier.verify(token)).toMatchObject(expected);
  const change = (disabledAt: Date | null) =>
    withTenant(database, tenantId, (tx) => tx.serviceAccount.updateMany({ where: { id }, data: { disabledAt } }));
  await change(new Date());
  await vi.waitFor(async () => expect(await verifier.verify(token)).toBeNull(), { timeout: 10_000 });
  await change(null);
  expect(await verifier.verify(token)).toMatchObject(expected);
});

test('the time of the last use is noted', async () => {
  const token = await tenant.apiToken(['RUNS_READ']);
  await verifyApiToken(database.pool, token);
  const records = await withTenant(database, tenant.tenantId, (tx) => tx.apiToken.findMany());
  expect(records[0]?.lastUsedAt).toBeInstanceOf(Date);
});

test('the strongest of several roles counts, and an unknown one only looks', async () => {
  const { userId } = await seedAdmin();
  const setRole = (role: string) =>
    admin.query(`update auth."member" set "role" = $1 where "userId" = $2`, [role, userId]);
  await setRole('viewer,admin');
  expect(await findMemberships(database.pool, userId)).toMatchObject([{ role: 'admin' }]);
  await setRole('member');
  expect(await findMemberships(database.pool, userId)).toMatchObject([{ role: 'viewer' }]);
});
