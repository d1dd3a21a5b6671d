import { randomBytes, randomUUID } from 'node:crypto';
import { createPool } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { createSecretSealer, secretVersionOwner } from '@ia-modules/secrets';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resealSecrets } from '../src/secrets/reseal-secrets.ts';

const VERSIONS = 450;
const [old, next] = [randomBytes(32), randomBytes(32)];

let database: TestDatabase;
let admin: Pool;
let app: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = createPool({ url: database.adminUrl, maxConnections: 1 });
  app = createPool({ url: database.urls.app, maxConnections: 2 });
});

afterAll(async () => {
  await admin?.end();
  await app?.end();
  await database?.drop();
});

/** Stores many versions of a secret under the old key. */
const storeVersions = async (slug: string): Promise<void> => {
  const { tenantId } = await seedTenant(database, { slug, name: slug });
  const secretId = randomUUID();
  const sealer = createSecretSealer({ current: old, others: [] });
  await admin.query(
    `insert into secrets (id, tenant_id, name, description, current_version, created_by) values ($1, $2, 'S', '', $3, 'u')`,
    [secretId, tenantId, VERSIONS],
  );
  const versions = Array.from({ length: VERSIONS }, (_, index) => index + 1);
  const sealed = versions.map(
    (version) => sealer.seal(`value-${version}`, secretVersionOwner({ tenantId, secretId, version })).sealed,
  );
  await admin.query(
    `insert into secret_versions (tenant_id, secret_id, version, key_id, sealed, created_by)
     select $1, $2, version, $3, sealed, 'u' from unnest($4::int[], $5::bytea[]) as rows (version, sealed)`,
    [tenantId, secretId, sealer.keyId, versions, sealed],
  );
};

const sealedBy = async (keyId: string): Promise<number> =>
  (await admin.query('select count(*)::int as n from secret_versions where key_id = $1', [keyId])).rows[0].n;

it('goes on where it was ended, over all tenants, and loses nothing on the way', async () => {
  await storeVersions('acme');
  await storeVersions('globex');
  const sealer = createSecretSealer({ current: next, others: [old] });
  const endAfterFirstBatch = resealSecrets(app, sealer, () => {
    throw new Error('ended');
  });
  await expect(endAfterFirstBatch).rejects.toThrow('ended');
  const done = await sealedBy(sealer.keyId);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(2 * VERSIONS);
  const report = await resealSecrets(app, sealer);
  expect(report).toEqual({ secretVersions: 2 * VERSIONS - done, webhooks: 0, unopened: [] });
  const { rows } = await admin.query(
    `select tenant_id as "tenantId", secret_id as "secretId", version, key_id as "keyId", sealed from secret_versions`,
  );
  const alone = createSecretSealer({ current: next, others: [] });
  for (const row of rows) expect(alone.open(row, secretVersionOwner(row))).toBe(`value-${row.version}`);
  expect(rows).toHaveLength(2 * VERSIONS);
});
