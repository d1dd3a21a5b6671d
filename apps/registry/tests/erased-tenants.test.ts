import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { startTestRegistry } from './test-registry.ts';

vi.setConfig({ testTimeout: 60_000, expect: { poll: { timeout: 20_000 } } });

let database: TestDatabase;
let admin: Client;
let storageDir: string;
let registry: Registry;
const tokens = new Map<string, string>();

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  storageDir = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, storageDir);
  for (const slug of ['doomed', 'keeper', 'sleeper']) {
    const tenant = await seedTenant(database, { slug, name: slug });
    tokens.set(slug, await tenant.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']));
  }
});

afterAll(async () => {
  await registry?.stop();
  await admin?.end();
  await database?.drop();
  await rm(storageDir, { recursive: true, force: true });
});

const publish = async (slug: string, name: string): Promise<number> => {
  const body = publishBody(name, '1.0.0', pluginTarball(pluginPackageJson({ name, version: '1.0.0' })));
  const response = await fetch(`${registry.url}/${name.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${tokens.get(slug)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status;
};

/** As the erasure of a tenant ends, apart from its rows. */
const erase = async (slug: string): Promise<void> => {
  const { rows } = await admin.query<{ id: string }>(
    `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() where slug = $1 returning id`,
    [slug],
  );
  const id = rows[0]?.id ?? '';
  await admin.query('begin');
  await admin.query(`select set_config('app.tenant_id', $1, true)`, [id]);
  await admin.query(`select begin_erasure($1, 'exports')`, [id]);
  let removed = 1;
  while (removed > 0) {
    removed = (await admin.query('select erase_tenant_rows($1, 100)::int as removed', [id])).rows[0].removed;
  }
  await admin.query('select finish_erasure($1)', [id]);
  await admin.query('commit');
};

it('removes the private packages of a tenant that is gone, and leaves public ones without an owner', async () => {
  expect(await publish('doomed', '@doomed/tool')).toBe(201);
  expect(await publish('doomed', '@community/doomed-tool')).toBe(201);
  expect(await publish('keeper', '@keeper/tool')).toBe(201);
  await erase('doomed');
  await expect.poll(() => existsSync(join(storageDir, '@doomed'))).toBe(false);
  expect(existsSync(join(storageDir, '@keeper/tool'))).toBe(true);
  const found = await fetch(`${registry.url}/@community%2fdoomed-tool`);
  expect(found.status).toBe(200);
  expect(Object.keys(((await found.json()) as { versions: object }).versions)).toEqual(['1.0.0']);
  expect(await publish('keeper', '@community/doomed-tool')).toBe(403);
});

it('ends the tokens of a tenant as soon as it is closed', async () => {
  await admin.query(
    `update tenants set deleted_at = now(), erase_at = now() + interval '1 day' where slug = 'sleeper'`,
  );
  await expect.poll(() => publish('sleeper', '@sleeper/late')).toBe(401);
  await admin.query(`update tenants set deleted_at = null, erase_at = null where slug = 'sleeper'`);
  await expect.poll(() => publish('sleeper', '@sleeper/late')).toBe(201);
});

it('forgets packages of tenants that went while it was not there', async () => {
  await registry.stop();
  await erase('sleeper');
  expect(existsSync(join(storageDir, '@sleeper'))).toBe(true);
  registry = await startTestRegistry(database.urls.registry, storageDir);
  await expect.poll(() => existsSync(join(storageDir, '@sleeper'))).toBe(false);
  await registry.stop();
  registry = await startTestRegistry(database.urls.registry, storageDir);
  expect(existsSync(join(storageDir, '@sleeper'))).toBe(false);
  expect(existsSync(join(storageDir, '@keeper/tool/package.json'))).toBe(true);
});
