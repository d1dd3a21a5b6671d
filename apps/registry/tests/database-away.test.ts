import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { type DatabaseRelay, startDatabaseRelay } from './database-relay.ts';
import { createNpmClient, writePackage } from './npm-client.ts';
import { startTestRegistry } from './test-registry.ts';

vi.setConfig({ testTimeout: 60_000, expect: { poll: { timeout: 20_000 } } });

let database: TestDatabase;
let admin: Client;
let relay: DatabaseRelay;
let registry: Registry;
let root: string;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  relay = await startDatabaseRelay(database.urls.registry);
  registry = await startTestRegistry(relay.url, join(root, 'storage'));
  const acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  for (const name of ['@community/tool', '@community/evil', '@acme/private']) {
    const published = await publish(name, '1.0.0');
    if (published.status !== 201) throw new Error(await published.text());
  }
  await admin.query(`insert into takedowns (id, tenant_id, plugin_name, reason, taken_down_by)
    select gen_random_uuid(), tenant_id, name, 'Bad.', 'operator' from plugins where name = '@community/evil'`);
});

afterAll(async () => {
  await registry?.stop();
  await relay?.close();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
const get = (path: string, init: RequestInit = {}) => fetch(`${registry.url}${path}`, init);

async function publish(name: string, version: string): Promise<Response> {
  const body = publishBody(name, version, pluginTarball(pluginPackageJson({ name, version })));
  return await get(`/${name.replace('/', '%2f')}`, { method: 'PUT', headers: headers(), body: JSON.stringify(body) });
}

it('serves what everyone may read, and nothing else, while the database is away', async () => {
  await expect.poll(async () => (await get('/@community%2fevil')).status).toBe(403);
  await relay.cut();
  const unavailable = expect.stringContaining('IA_REGISTRY_UNAVAILABLE');
  try {
    expect((await get('/-/ping')).status).toBe(200);
    // A token that passed a moment ago still does.
    await expect.poll(async () => (await get('/@acme%2fprivate', { headers: headers() })).status).toBe(503);
    const refused = await get('/@acme%2fprivate', { headers: headers() });
    expect([refused.headers.get('retry-after'), await refused.text()]).toEqual(['5', unavailable]);
    for (const init of [{}, { headers: headers() }]) {
      expect((await get('/@community%2ftool', init)).status).toBe(200);
      expect((await get('/@community/tool/-/tool-1.0.0.tgz', init)).status).toBe(200);
      expect((await get('/@community%2fevil', init)).status).toBe(403);
      expect((await get('/@acme%2fprivate')).status).toBe(401);
    }
    const anyone = await createNpmClient(root, registry.url, token);
    const project = await writePackage(root, { name: 'project', version: '1.0.0' }, {});
    expect(await anyone.run(project, 'install', '@community/tool')).toMatchObject({ code: 0 });

    const directory = await writePackage(root, pluginPackageJson({ name: '@acme/private', version: '1.1.0' }));
    const published = await anyone.run(directory, 'publish');
    expect(published).toMatchObject({ code: 1, stderr: unavailable });
    expect(published.stderr).toContain('Try again in a moment.');
    for (const [path, method] of [
      ['/-/package/@acme%2fprivate/dist-tags/beta', 'PUT'],
      ['/-/v1/login', 'POST'],
      ['/-/v1/search?text=a', 'GET'],
      ['/-/whoami', 'GET'],
    ] as const) {
      const body = method === 'GET' ? {} : { body: '"1.0.0"' };
      expect([path, (await get(path, { method, headers: headers(), ...body })).status]).toEqual([path, 503]);
    }
  } finally {
    await relay.restore();
  }
});

it('goes on as if nothing had been when the database is back', async () => {
  await expect.poll(async () => (await get('/@acme%2fprivate', { headers: headers() })).status).toBe(200);
  expect(await readdir(join(root, 'storage/@acme/private'))).not.toContain('private-1.1.0.tgz');
  expect((await admin.query('select 1 from publish_intents')).rowCount).toBe(0);
  await expect.poll(async () => (await publish('@acme/private', '1.1.0')).status).toBe(201);
  await admin.query(`update takedowns set lifted_at = now(), lifted_by = 'operator'`);
  await expect.poll(async () => (await get('/@community%2fevil')).status).toBe(200);
  await (await get('/@community/evil/-/evil-1.0.0.tgz')).arrayBuffer();
  const downloads = `select download_count::int as count from plugins where name in ('@community/tool', '@community/evil') order by name`;
  await expect
    .poll(async () => (await admin.query(downloads)).rows, { timeout: 30_000 })
    .toEqual([{ count: 1 }, { count: 3 }]);
});
