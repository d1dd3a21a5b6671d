import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { runPluginCommand } from '@ia-modules/cli/plugin-testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import {
  createTestDatabase,
  type PublishedPlugin,
  publishPlugin,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAPS = '@community/maps';
const TRIPS = '@community/trips';

let database: TestDatabase;
let api: TestApi;
let token: string;
let publish: (name: string, version: string, more?: Partial<PublishedPlugin>) => Promise<void>;

beforeEach(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  const { tenantId } = await seedTenant(database, { slug: 'publisher', name: 'Publisher' });
  publish = (name, version, more = {}) =>
    publishPlugin(database, { tenantId, name, version, visibility: 'public', ...more });
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  await publish(MAPS, '1.0.0', { permissions: { net: ['maps.example.com'], blobs: true } });
  await publish(TRIPS, '1.0.0', { permissions: { net: ['trips.example.com'] }, dependencies: { [MAPS]: '^1.0.0' } });
});

afterEach(async () => {
  await api?.close();
  await database?.drop();
});

const iaPlugin = (...args: readonly string[]) => runPluginCommand(...args, '--api', api.graphqlUrl, '--token', token);

const installed = async (): Promise<Readonly<Record<string, unknown>>> => {
  const { installations } = JSON.parse((await iaPlugin('list', '--json')).stdout) as {
    installations: readonly { pluginName: string; version: string; grant: object }[];
  };
  return Object.fromEntries(installations.map(({ pluginName, version, grant }) => [`${pluginName}@${version}`, grant]));
};

it('installs what a plugin needs along with it, when everything is granted', async () => {
  const { code, stdout } = await iaPlugin('install', TRIPS, '--grant-all');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^installed along +@community\/maps@1\.0\.0, asks for: /m)]);
  expect(stdout).toContain('maps.example.com, stored bytes\n');
  expect(stdout).toMatch(/@community\/maps@1\.0\.0 is installed\.\n@community\/trips@1\.0\.0 is installed\.\n$/);
  expect(await installed()).toEqual({
    [`${MAPS}@1.0.0`]: { net: ['maps.example.com'], secrets: [], blobs: true },
    [`${TRIPS}@1.0.0`]: { net: ['trips.example.com'], secrets: [], blobs: false },
  });
});

it('grants with --net, --secret and --blobs to the named plugin alone', async () => {
  const silent = await iaPlugin('install', TRIPS);
  expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining('It asks for permissions')]);
  const partly = await iaPlugin('install', TRIPS, '--net', 'trips.example.com');
  expect([partly.code, partly.stderr]).toEqual([2, expect.stringContaining(`install ${MAPS}@1.0.0 before`)]);
  expect(await installed()).toEqual({});
  expect(await iaPlugin('install', MAPS, '--blobs')).toMatchObject({ code: 0, stderr: '' });
  expect(await iaPlugin('install', TRIPS, '--net', 'trips.example.com')).toMatchObject({ code: 0, stderr: '' });
  expect(await installed()).toEqual({
    [`${MAPS}@1.0.0`]: { net: [], secrets: [], blobs: true },
    [`${TRIPS}@1.0.0`]: { net: ['trips.example.com'], secrets: [], blobs: false },
  });
});

it('answers with one JSON document, whatever was installed along', async () => {
  const { stdout } = await iaPlugin('install', TRIPS, '--grant-all', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    installation: { pluginName: TRIPS, version: '1.0.0' },
    diagnostics: [],
    installedAlong: [{ installation: { pluginName: MAPS } }],
  });
});

it('says what is missing when a plugin needs what is not there', async () => {
  await publish('@community/lost', '1.0.0', { dependencies: { '@community/gone': '^1.0.0' } });
  const { code, stderr } = await iaPlugin('install', '@community/lost');
  expect([code, stderr]).toEqual([1, expect.stringContaining('@community/gone')]);
});

it('shows in what an upgrade changes what a plugin may, stored bytes too', async () => {
  await iaPlugin('install', MAPS, '--grant-all');
  await publish(MAPS, '1.1.0', { permissions: { net: ['maps.example.com', 'tiles.example.com'] } });
  const narrowed = await iaPlugin('upgrade', MAPS, '--keep-grant');
  expect(narrowed.stdout).toMatch(/1\.0\.0 → 1\.1\.0\n {2}\+ host tiles\.example\.com\n {2}- stored bytes\n/);
  expect(await installed()).toEqual({ [`${MAPS}@1.1.0`]: { net: ['maps.example.com'], secrets: [], blobs: false } });
  await publish(MAPS, '1.2.0', { permissions: { net: ['maps.example.com'], blobs: true } });
  expect((await iaPlugin('upgrade', MAPS, '--dry-run')).stdout).toContain('  + stored bytes\n');
  expect((await iaPlugin('upgrade', MAPS)).code).toBe(2);
  expect((await iaPlugin('upgrade', MAPS, '--grant-all')).code).toBe(0);
  expect(await installed()).toEqual({ [`${MAPS}@1.2.0`]: { net: ['maps.example.com'], secrets: [], blobs: true } });
});
