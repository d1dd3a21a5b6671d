import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SeededTenant, type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { createNpmClient, writePackage } from './npm-client.ts';
import { type OtherRegistry, startOtherRegistry } from './other-registry.ts';
import { startTestRegistry } from './test-registry.ts';

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let other: OtherRegistry;
let registry: Registry;
let open: Registry;
let root: string;
let acme: SeededTenant;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  // It holds names of ours, too, in versions that npm would prefer.
  other = await startOtherRegistry(join(root, 'other'), [
    { name: 'left-pad', version: '1.3.0' },
    { name: '@vendor/tool', version: '2.0.0' },
    { name: '@community/tool', version: '9.0.0' },
    { name: '@ia-modules/engine', version: '9.0.0' },
    { name: '@acme/private', version: '9.0.0' },
  ]);
  const uplink = { url: other.url, isPublic: false };
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'), { uplink });
  open = await startTestRegistry(database.urls.registry, join(root, 'open'), { uplink: { ...uplink, isPublic: true } });
  process.env['VERDACCIO_PUBLIC_URL'] = registry.url;
});

afterAll(async () => {
  await registry?.stop();
  await open?.stop();
  await other?.stop();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

const headers = () => ({ authorization: `Bearer ${token}` });
const get = async (path: string, from = registry, init: RequestInit = { headers: headers() }) =>
  await fetch(`${from.url}${path}`, init);
const versionsOf = async (name: string) => {
  const response = await get(`/${name.replace('/', '%2f')}`);
  return response.status === 200
    ? Object.keys(((await response.json()) as { versions: object }).versions)
    : response.status;
};

async function publish(name: string): Promise<number> {
  const body = publishBody(name, '1.0.0', pluginTarball(pluginPackageJson({ name })));
  const init = { method: 'PUT', headers: headers(), body: JSON.stringify(body) };
  return (await get(`/${name.replace('/', '%2f')}`, registry, init)).status;
}

it('installs packages of the other registry beside ours', async () => {
  expect(await publish('@community/tool')).toBe(201);
  const npm = await createNpmClient(root, registry.url, token);
  const dependencies = { 'left-pad': '^1.0.0', '@vendor/tool': '^2.0.0', '@community/tool': '*' };
  const project = await writePackage(root, { name: 'project', version: '1.0.0', dependencies }, {});
  expect(await npm.run(project, 'install')).toMatchObject({ code: 0, stderr: '' });
  const listed = JSON.parse((await npm.run(project, 'ls', '--json')).stdout);
  expect(listed.dependencies).toMatchObject({
    'left-pad': { version: '1.3.0', resolved: expect.stringContaining(registry.url) },
    '@vendor/tool': { version: '2.0.0' },
    '@community/tool': { version: '1.0.0' },
  });
});

it('never looks for our names there, nor for those of a tenant that is new', async () => {
  expect(await versionsOf('@community/tool')).toEqual(['1.0.0']);
  other.forgetRequests();
  for (const name of ['@community/nothing', '@ia-modules/engine', '@acme/private']) {
    expect([name, await versionsOf(name)]).toEqual([name, 404]);
    const tarball = `/${name}/-/${name.split('/')[1]}-9.0.0.tgz`;
    expect([tarball, (await get(tarball)).status]).toEqual([tarball, 404]);
  }
  expect(await versionsOf('@vendor/tool')).toEqual(['2.0.0']);
  await seedTenant(database, { slug: 'vendor', name: 'Vendor' });
  expect(await versionsOf('@vendor/tool')).toBe(404);
  expect(other.requests().filter((path) => !path.includes('vendor'))).toEqual([]);
});

it('serves them to holders of a token, or to everyone where the operator says so, and gives no token away', async () => {
  other.forgetRequests();
  expect((await get('/left-pad', registry, {})).status).toBe(401);
  expect((await get('/left-pad', open, {})).status).toBe(200);
  expect((await get('/left-pad', open)).status).toBe(200);
  expect(other.credentials()).toEqual([]);
});

it('takes nothing for the other registry', async () => {
  expect(await publish('left-pad')).toBe(403);
  expect(await publish('@stranger/tool')).toBe(403);
});

it('serves ours as before while the other registry is away', async () => {
  await other.stop();
  expect(await versionsOf('@community/tool')).toEqual(['1.0.0']);
  expect((await get('/never-seen')).status).toBeGreaterThanOrEqual(404);
  expect(await publish('@acme/late')).toBe(201);
});

it('reads nothing from elsewhere by default', async () => {
  const alone = await startTestRegistry(database.urls.registry, join(root, 'alone'));
  try {
    expect((await get('/left-pad', alone)).status).toBe(404);
  } finally {
    await alone.stop();
  }
});
