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

const withGrant = (name: string, ...rest: readonly string[]) => iaPlugin('install', name, '--grant-all', ...rest);

const publishWider = () =>
  publish(MAPS, '2.0.0', { permissions: { net: ['tiles.example.com'], secrets: ['MAPS_KEY'] } });

it('lets an upgrade that asks for more wait until somebody agrees', async () => {
  await withGrant(MAPS);
  await publishWider();
  expect((await iaPlugin('requests')).stderr).toBe('No upgrade waits.\n');
  expect(await iaPlugin('upgrade', MAPS, '--request', 'for tiles')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${MAPS}@2.0.0 waits until somebody agrees.\n`),
  });
  const { stdout } = await iaPlugin('requests');
  expect(stdout).toMatch(/@community\/maps +1\.0\.0 +2\.0\.0 +tiles\.example\.com MAPS_KEY +for tiles\n/);
  expect(await iaPlugin('consent', MAPS)).toMatchObject({ code: 2, stderr: expect.stringContaining('--grant-all') });
  expect(await iaPlugin('consent', MAPS, '--net', 'tiles.example.com')).toMatchObject({ code: 0, stderr: '' });
  expect(await installed()).toEqual({ [`${MAPS}@2.0.0`]: { net: ['tiles.example.com'], secrets: [], blobs: false } });
  expect(await iaPlugin('consent', MAPS, '--grant-all')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`No upgrade of ${MAPS} waits.`),
  });
});

it('leaves everything as it is when an upgrade is declined', async () => {
  await withGrant(MAPS);
  await publishWider();
  await iaPlugin('upgrade', MAPS, '--request');
  expect((await iaPlugin('decline', MAPS, '--note', 'no')).stdout).toBe(`${MAPS} stays at 1.0.0.\n`);
  expect(Object.keys(await installed())).toEqual([`${MAPS}@1.0.0`]);
  expect((await iaPlugin('requests', '--json')).stdout).toContain('"requests": []');
});

it('keeps versions beside each other until one is removed', async () => {
  await withGrant(MAPS);
  await publish(MAPS, '1.1.0');
  await iaPlugin('upgrade', MAPS);
  expect((await iaPlugin('versions', MAPS)).stdout).toMatch(/\n1\.1\.0 +yes +0 .*\n1\.0\.0 +- +0 /);
  expect((await iaPlugin('remove-version', `${MAPS}@1.1.0`)).code).toBe(1);
  expect((await iaPlugin('remove-version', `${MAPS}@^1`)).code).toBe(2);
  expect((await iaPlugin('remove-version', `${MAPS}@1.0.0`)).stdout).toBe(`${MAPS}@1.0.0 is removed.\n`);
  expect((await iaPlugin('versions', MAPS)).stdout).not.toContain('1.0.0');
});

it('shows ratings, publisher and what is installed where plugins are found', async () => {
  await withGrant(MAPS);
  expect((await iaPlugin('search', 'maps')).stdout).toMatch(
    /@community\/maps +1\.0\.0 +everybody +- +1 +- +Counts words/,
  );
  const { stdout } = await iaPlugin('info', MAPS);
  expect(stdout).toMatch(/rating +-\n/);
  expect(stdout).toMatch(/used +installed 1 times, downloaded 0 times\n/);
  expect((await iaPlugin('rehearse', TRIPS, '2.0.0')).stderr).toContain(`${TRIPS} is not installed in this tenant.`);
  expect((await iaPlugin('advisories')).stderr).toBe('No advisory stands against what is installed.\n');
});
