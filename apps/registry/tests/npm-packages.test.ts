import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { type NpmClient, createNpmClient, writePackage } from './npm-client.ts';
import { startTestRegistry } from './test-registry.ts';

// Each npm command is a process of its own, and a test runs several.
vi.setConfig({ testTimeout: 120_000, expect: { poll: { timeout: 20_000 } } });

let database: TestDatabase;
let admin: Client;
let registry: Registry;
let root: string;
let token: string;
let npm: NpmClient;
let anyone: NpmClient;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'));
  const acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  npm = await createNpmClient(root, registry.url, token);
  anyone = await createNpmClient(root, registry.url);
});

afterAll(async () => {
  await registry?.stop();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

const pathOf = (name: string) => `${registry.url}/${name.replace('/', '%2f')}`;

async function put(name: string, body: unknown): Promise<Response> {
  return await fetch(pathOf(name), {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Publishes versions without a process each. */
async function publish(name: string, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const tarball = pluginTarball(pluginPackageJson({ name, version }));
    const response = await put(name, publishBody(name, version, tarball));
    expect([response.status, await response.text()]).toEqual([201, expect.any(String)]);
  }
}

type Packument = {
  readonly versions: Record<string, { deprecated?: string; dist: { integrity: string } }>;
  readonly 'dist-tags': Record<string, string>;
  readonly time: Record<string, string>;
};

const packument = async (name: string): Promise<Packument> => (await (await fetch(pathOf(name))).json()) as Packument;
const noticesOf = async (name: string) =>
  Object.entries((await packument(name)).versions).map(([version, { deprecated }]) => [version, deprecated]);
const rowsOf = async (name: string) => {
  const select = 'select version, deprecated, replacement from plugin_versions where plugin_name = $1 order by version';
  return (await admin.query(select, [name])).rows;
};
const project = (dependencies: Readonly<Record<string, string>>) =>
  writePackage(root, { name: 'project', version: '1.0.0', dependencies }, {});

describe('tags and notices', () => {
  it('moves latest back and forth, in the storage as in the catalogue', async () => {
    await publish('@community/tagged', '1.0.0', '1.1.0');
    expect(await npm.run(root, 'dist-tag', 'add', '@community/tagged@1.0.0', 'latest')).toMatchObject({ code: 0 });
    expect((await anyone.run(root, 'view', '@community/tagged', 'version')).stdout.trim()).toBe('1.0.0');
    const { rows } = await admin.query(
      `select latest_version, is_storage_behind from plugins where name = '@community/tagged'`,
    );
    expect(rows).toEqual([{ latest_version: '1.0.0', is_storage_behind: false }]);
  });

  it('names what to use in place of a deprecated version, and takes it back', async () => {
    await publish('@community/old', '1.0.0', '1.1.0', '2.0.0');
    const notice = 'No longer maintained. Use @community/new@^2 instead.';
    expect(await npm.run(root, 'deprecate', '@community/old@<2', notice)).toMatchObject({ code: 0 });
    expect(await rowsOf('@community/old')).toEqual([
      { version: '1.0.0', deprecated: 'No longer maintained.', replacement: '@community/new@^2' },
      { version: '1.1.0', deprecated: 'No longer maintained.', replacement: '@community/new@^2' },
      { version: '2.0.0', deprecated: null, replacement: null },
    ]);
    const installed = await anyone.run(await project({ '@community/old': '1.0.0' }), 'install');
    expect(installed).toMatchObject({ code: 0, stderr: expect.stringContaining(notice) });

    expect(await npm.run(root, 'undeprecate', '@community/old@1.1.0')).toMatchObject({ code: 0 });
    expect(await noticesOf('@community/old')).toEqual([
      ['1.0.0', notice],
      ['1.1.0', undefined],
      ['2.0.0', undefined],
    ]);
  });

  it('shows at once what the API says of a version', async () => {
    await publish('@community/changed', '1.0.0', '1.1.0');
    await admin.query('begin');
    await admin.query(`update plugin_versions set deprecated = 'Old.', replacement = '@community/new'
      where plugin_name = '@community/changed' and version = '1.0.0'`);
    await admin.query(
      `update plugins set is_storage_behind = true, latest_version = '1.0.0' where name = '@community/changed'`,
    );
    await admin.query('commit');
    await expect
      .poll(() => noticesOf('@community/changed'), { interval: 20 })
      .toEqual([
        ['1.0.0', 'Old. Use @community/new instead.'],
        ['1.1.0', undefined],
      ]);
    expect((await packument('@community/changed'))['dist-tags']).toEqual({ latest: '1.0.0' });
    const behind = 'select 1 from plugins where is_storage_behind';
    await expect.poll(async () => (await admin.query(behind)).rowCount).toBe(0);
  });

  it('catches up with what the API said while it was not there', async () => {
    await publish('@community/asleep', '1.0.0');
    await registry.stop();
    await admin.query(`update plugin_versions set deprecated = 'Old.' where plugin_name = '@community/asleep'`);
    await admin.query(`update plugins set is_storage_behind = true where name = '@community/asleep'`);
    const { port } = new URL(registry.url);
    registry = await startTestRegistry(database.urls.registry, join(root, 'storage'), { port: Number(port) });
    await expect.poll(() => noticesOf('@community/asleep')).toEqual([['1.0.0', 'Old.']]);
  });
});

describe('take-downs and advisories', () => {
  const takeDown = (name: string, version: string | null) =>
    admin.query(
      `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
       select gen_random_uuid(), tenant_id, name, $2, 'It sends data elsewhere.', 'operator' from plugins where name = $1`,
      [name, version],
    );
  const lift = (name: string) =>
    admin.query(`update takedowns set lifted_at = now(), lifted_by = 'operator' where plugin_name = $1`, [name]);

  it('hides a version that is taken down, and refuses its tarball, until that is lifted', async () => {
    await publish('@community/evil', '1.0.0', '1.1.0');
    await takeDown('@community/evil', '1.1.0');
    await expect.poll(async () => Object.keys((await packument('@community/evil')).versions)).toEqual(['1.0.0']);
    const { 'dist-tags': tags, time } = await packument('@community/evil');
    expect(tags).toEqual({ latest: '1.0.0' });
    expect(Object.keys(time)).not.toContain('1.1.0');
    const refused = await npm.run(
      await project({ '@community/evil': `${pathOf('@community/evil')}/-/evil-1.1.0.tgz` }),
      'install',
    );
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('taken down: It sends data elsewhere.') });
    const exact = await fetch(`${registry.url}/@community/evil/1.1.0`);
    expect([exact.status, await exact.text()]).toEqual([403, expect.stringContaining('IA_PLUGIN_TAKEN_DOWN')]);
    expect(
      (
        await put(
          '@community/evil',
          publishBody(
            '@community/evil',
            '1.1.0',
            pluginTarball(pluginPackageJson({ name: '@community/evil', version: '1.1.0' })),
          ),
        )
      ).status,
    ).toBe(409);
    // What npm saw is all that it sends back.
    expect(await npm.run(root, 'deprecate', '@community/evil', 'Careful.')).toMatchObject({ code: 0 });
    await lift('@community/evil');
    await expect
      .poll(() => noticesOf('@community/evil'))
      .toEqual([
        ['1.0.0', 'Careful.'],
        ['1.1.0', undefined],
      ]);
    expect((await packument('@community/evil'))['dist-tags']).toEqual({ latest: '1.1.0' });
  });

  it('refuses everything of a package that is taken down, to its owner as well', async () => {
    await publish('@acme/gone', '1.0.0');
    await takeDown('@acme/gone', null);
    const path = pathOf('@acme/gone');
    const headers = { authorization: `Bearer ${token}` };
    await expect.poll(async () => (await fetch(path, { headers })).status).toBe(403);
    const viewed = await npm.run(root, 'view', '@acme/gone');
    expect(viewed).toMatchObject({ code: 1, stderr: expect.stringContaining('It sends data elsewhere.') });
    expect((await fetch(path)).status).toBe(401);
    const next = publishBody(
      '@acme/gone',
      '1.0.1',
      pluginTarball(pluginPackageJson({ name: '@acme/gone', version: '1.0.1' })),
    );
    expect((await put('@acme/gone', next)).status).toBe(403);
    await lift('@acme/gone');
    await expect.poll(async () => (await fetch(path, { headers })).status).toBe(200);
  });

  it('warns of advisories beside what the owner says, and leaves that as it is', async () => {
    await publish('@community/leaky', '1.0.0', '1.1.0');
    expect(await npm.run(root, 'deprecate', '@community/leaky@1.0.0', 'Old.')).toMatchObject({ code: 0 });
    await admin.query(`with a as (
      insert into advisories (id, tenant_id, plugin_name, affected_range, severity, title, description, published_by)
      select gen_random_uuid(), tenant_id, name, '<2', 'high', 'Leaks memory', '', 'operator' from plugins
      where name = '@community/leaky' returning id, tenant_id, plugin_name)
      insert into advisory_versions (tenant_id, advisory_id, plugin_name, version)
      select tenant_id, id, plugin_name, v from a, unnest(array['1.0.0', '1.1.0']) v`);
    const warned = [
      ['1.0.0', 'advisory (high): Leaks memory | Old.'],
      ['1.1.0', 'advisory (high): Leaks memory'],
    ];
    await expect.poll(() => noticesOf('@community/leaky')).toEqual(warned);
    const installed = await anyone.run(await project({ '@community/leaky': '1.1.0' }), 'install');
    expect(installed).toMatchObject({ code: 0, stderr: expect.stringContaining('advisory (high): Leaks memory') });
    // npm sends back what it was served of the other version.
    expect(await npm.run(root, 'deprecate', '@community/leaky@1.1.0', 'Older.')).toMatchObject({ code: 0 });
    expect(await rowsOf('@community/leaky')).toMatchObject([{ deprecated: 'Old.' }, { deprecated: 'Older.' }]);
    await admin.query(`update advisories set withdrawn_at = now(), withdrawn_by = 'operator'`);
    await expect
      .poll(() => noticesOf('@community/leaky'))
      .toEqual([
        ['1.0.0', 'Old.'],
        ['1.1.0', 'Older.'],
      ]);
  });
});

describe('what a request may not do', () => {
  it('neither drops, changes nor edits what is published, with any revision', async () => {
    await publish('@community/fixed', '1.0.0', '1.1.0');
    const before = await packument('@community/fixed');
    const dropped = { ...before, versions: { '1.1.0': before.versions['1.1.0'] } };
    const changed = structuredClone(before);
    Object.assign(changed.versions['1.0.0']?.dist ?? {}, { integrity: 'sha512-other' });
    expect((await put('@community/fixed', dropped)).status).toBe(403);
    expect((await put('@community/fixed', changed)).status).toBe(403);
    expect((await put('@community/fixed', { ...dropped, _attachments: {} })).status).toBe(403);
    const edited = { ...before, readme: 'Mine.', maintainers: [{ name: 'eve' }], 'dist-tags': { latest: '1.0.0' } };
    expect((await put('@community/fixed', edited)).status).toBe(201);
    expect(await packument('@community/fixed')).toEqual(before);
    for (const args of [
      ['@community/fixed@1.0.0'],
      ['@community/fixed', '--force'],
      ['@community/fixed@1.0.0', '--force'],
    ]) {
      const removed = await npm.run(root, 'unpublish', ...args);
      expect(removed).toMatchObject({ code: 1, stderr: expect.stringContaining('IA_REGISTRY_IMMUTABLE') });
    }
    expect(await packument('@community/fixed')).toEqual(before);
  });

  it('publishes to nobody else than --access says', async () => {
    const open = await writePackage(root, pluginPackageJson({ name: '@community/open' }));
    const closed = await writePackage(root, pluginPackageJson({ name: '@acme/closed' }));
    expect(await npm.run(open, 'publish', '--access', 'restricted')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('are for everyone'),
    });
    expect(await npm.run(closed, 'publish', '--access', 'public')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('are for members of the tenant'),
    });
    expect(await npm.run(open, 'publish', '--access', 'public')).toMatchObject({ code: 0 });
    expect(await npm.run(closed, 'publish', '--access', 'restricted')).toMatchObject({ code: 0 });
  });
});

describe('what npm installs', () => {
  it('is what the lockfile says, or nothing', async () => {
    await publish('@community/locked', '1.0.0');
    const directory = await project({ '@community/locked': '^1.0.0' });
    expect(await anyone.run(directory, 'install')).toMatchObject({ code: 0 });
    const lock = JSON.parse(await readFile(join(directory, 'package-lock.json'), 'utf8'));
    const { integrity } = (await packument('@community/locked')).versions['1.0.0']?.dist ?? {};
    expect(lock.packages['node_modules/@community/locked']).toMatchObject({ integrity });
    await publish('@community/locked', '1.1.0');
    const elsewhere = await createNpmClient(root, registry.url);
    expect(await elsewhere.run(directory, 'ci')).toMatchObject({ code: 0 });
    const installed = join(directory, 'node_modules/@community/locked/package.json');
    expect(JSON.parse(await readFile(installed, 'utf8'))).toMatchObject({ version: '1.0.0' });
    expect((await elsewhere.run(directory, 'outdated', '--json')).stdout).toContain('"latest": "1.1.0"');

    const other = pluginTarball(pluginPackageJson({ name: '@community/locked', description: 'Tampered with.' }));
    await writeFile(join(root, 'storage/@community/locked/locked-1.0.0.tgz'), other);
    const tampered = await (await createNpmClient(root, registry.url)).run(directory, 'ci');
    expect(tampered).toMatchObject({ code: 1, stderr: expect.stringContaining('EINTEGRITY') });
  });

  it('can be looked at, packed, and compared with another version', async () => {
    await publish('@community/shown', '1.0.0', '1.1.0');
    const viewed = JSON.parse((await anyone.run(root, 'view', '@community/shown', '--json')).stdout);
    expect(viewed).toMatchObject({ versions: ['1.0.0', '1.1.0'], version: '1.1.0' });
    const target = await mkdtemp(join(root, 'pack-'));
    expect(await anyone.run(target, 'pack', '@community/shown@1.0.0')).toMatchObject({ code: 0 });
    expect(await readdir(target)).toEqual(['community-shown-1.0.0.tgz']);
    const compared = await anyone.run(root, 'diff', '--diff=@community/shown@1.0.0', '--diff=@community/shown@1.1.0');
    expect(compared).toMatchObject({ code: 0, stdout: expect.stringContaining('1.1.0') });
  });

  it.each([
    ['abbreviated', 'application/vnd.npm.install-v1+json'],
    ['full', 'application/json'],
  ])('is asked for again only when it changed: the %s document', async (kind, accept) => {
    const name = `@community/revisited-${kind}`;
    await publish(name, '1.0.0');
    const ask = async (headers: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(pathOf(name), { headers: { accept, ...headers } });
      const etag = answer.headers.get('etag') ?? '';
      return { status: answer.status, etag, type: answer.headers.get('content-type'), text: await answer.text() };
    };
    const first = await ask();
    expect(first).toMatchObject({
      status: 200,
      etag: expect.stringMatching(/./),
      type: expect.stringContaining(accept),
    });
    expect(await ask()).toEqual(first);
    expect(await ask({ 'accept-encoding': 'identity' })).toEqual(first);
    // fetch would ask for no cached answer otherwise.
    const known = { 'if-none-match': first.etag, 'cache-control': 'max-age=0' };
    expect(await ask(known)).toMatchObject({ status: 304, text: '' });
    expect(await ask({ 'if-none-match': first.etag, 'cache-control': 'no-cache' })).toEqual(first);
    await publish(name, '1.1.0');
    expect(await ask(known)).toMatchObject({ status: 200, text: expect.stringContaining('"1.1.0"') });
    await admin.query(`update plugin_versions set deprecated = 'Old.' where plugin_name = $1`, [name]);
    await admin.query('update plugins set is_storage_behind = true where name = $1', [name]);
    await expect.poll(async () => (await ask(known)).text).toMatch(/"deprecated": ?"Old\."/);
  });

  it('is counted by version, once for each tarball that somebody got', async () => {
    await publish('@community/counted', '1.0.0', '1.0.1');
    const tarball = `${registry.url}/@community/counted/-/counted-1.0.1.tgz`;
    await (await fetch(tarball)).arrayBuffer();
    await (await fetch(tarball, { method: 'HEAD' })).arrayBuffer();
    await (await fetch(tarball.replace('1.0.1', '9.9.9'))).arrayBuffer();
    const internal = { authorization: 'Bearer internal-token-of-the-registry-tests-0001' };
    await (await fetch(tarball, { headers: internal })).arrayBuffer();
    await (await fetch(pathOf('@community/counted'))).arrayBuffer();
    expect(await anyone.run(await project({ '@community/counted': '1.0.0' }), 'install')).toMatchObject({ code: 0 });
    const { port } = new URL(registry.url);
    await registry.stop();
    const days = `select version, downloads from plugin_days where plugin_name = '@community/counted' order by version`;
    expect((await admin.query(days)).rows).toEqual([
      { version: '1.0.0', downloads: 1 },
      { version: '1.0.1', downloads: 1 },
    ]);
    const total = `select download_count::int as count from plugins where name = '@community/counted'`;
    expect((await admin.query(total)).rows).toEqual([{ count: 2 }]);
    registry = await startTestRegistry(database.urls.registry, join(root, 'storage'), { port: Number(port) });
  });
});
