import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type SeededTenant, type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson } from '../src/testing/plugin-package.ts';
import { type NpmClient, createNpmClient, writePackage } from './npm-client.ts';
import { INTERNAL_TOKEN, startTestRegistry } from './test-registry.ts';

// Each npm command is a process of its own, and a test runs up to ten.
vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let admin: Client;
let registry: Registry;
let root: string;
let acme: SeededTenant;
let globex: SeededTenant;
let acmeToken: string;
let globexToken: string;
let acmeNpm: NpmClient;
let globexNpm: NpmClient;
let anonymousNpm: NpmClient;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'));
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  globex = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  acmeToken = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  globexToken = await globex.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  acmeNpm = await createNpmClient(root, registry.url, acmeToken);
  globexNpm = await createNpmClient(root, registry.url, globexToken);
  anonymousNpm = await createNpmClient(root, registry.url);
});

afterAll(async () => {
  await registry?.stop();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

async function publish(npm: NpmClient, overrides: Readonly<Record<string, unknown>>, ...args: readonly string[]) {
  return await npm.run(await writePackage(root, pluginPackageJson(overrides)), 'publish', ...args);
}

async function get(path: string, token?: string): Promise<Response> {
  return await fetch(
    `${registry.url}${path}`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
}

async function catalogue(name: string) {
  const plugins = await admin.query('select * from plugins where name = $1', [name]);
  const versions = await admin.query('select * from plugin_versions where plugin_name = $1 order by version', [name]);
  return { plugin: plugins.rows[0], versions: versions.rows };
}

describe('publishing with npm', () => {
  it('stores a community plugin that anyone can view and install, and lists it in the catalogue', async () => {
    const published = await publish(acmeNpm, { name: '@community/words' });
    expect(published).toMatchObject({ code: 0, stdout: expect.stringContaining('+ @community/words@1.0.0') });

    const viewed = await anonymousNpm.run(root, 'view', '@community/words', '--json');
    expect(JSON.parse(viewed.stdout)).toMatchObject({ version: '1.0.0', description: 'Counts words.' });
    const project = await writePackage(root, { name: 'project', version: '1.0.0' }, {});
    const installed = await anonymousNpm.run(project, 'install', '@community/words');
    expect(installed).toMatchObject({ code: 0 });
    const bundle = join(project, 'node_modules/@community/words/dist/plugin.js');
    expect(await readFile(bundle, 'utf8')).toBe('export default {};\n');

    const { plugin, versions } = await catalogue('@community/words');
    expect(plugin).toMatchObject({
      tenant_id: acme.tenantId,
      visibility: 'public',
      title: 'Words',
      latest_version: '1.0.0',
    });
    expect(versions).toMatchObject([
      { version: '1.0.0', published_by: acme.userId, readme: '# Tool\n', manifest: { entry: 'dist/plugin.js' } },
    ]);
    expect(versions[0].integrity).toBe(JSON.parse(viewed.stdout).dist.integrity);
    expect((await admin.query('select 1 from publish_intents')).rowCount).toBe(0);
    const audit = await admin.query(`select target, origin from audit_log where action = 'plugin.publish'`);
    expect(audit.rows).toContainEqual({
      target: 'plugin:@community/words@1.0.0',
      origin: {
        address: expect.stringContaining('127.0.0.1'),
        userAgent: expect.stringContaining('npm/'),
        requestId: expect.any(String),
      },
    });
  });

  it('answers a second publish of a version with a conflict and keeps the first', async () => {
    await publish(acmeNpm, { name: '@community/once' });
    const before = await catalogue('@community/once');
    const again = await publish(acmeNpm, { name: '@community/once', description: 'Other content.' });
    expect(again.code).not.toBe(0);
    expect(again.stderr).toMatch(/previously published|IA_REGISTRY_VERSION_EXISTS/);
    expect(await catalogue('@community/once')).toEqual(before);
  });

  it('moves the latest version with each publish, and not with a publish under another tag', async () => {
    await publish(acmeNpm, { name: '@community/tags' });
    await publish(acmeNpm, { name: '@community/tags', version: '1.1.0', description: 'Newer.' });
    await publish(acmeNpm, { name: '@community/tags', version: '2.0.0-beta.1', description: 'Beta.' }, '--tag', 'beta');
    const { plugin, versions } = await catalogue('@community/tags');
    expect(plugin).toMatchObject({ latest_version: '1.1.0', description: 'Newer.' });
    expect(versions.map((row) => row.version)).toEqual(['1.0.0', '1.1.0', '2.0.0-beta.1']);

    const added = await acmeNpm.run(root, 'dist-tag', 'add', '@community/tags@1.0.0', 'stable');
    expect(added).toMatchObject({ code: 0 });
    await acmeNpm.run(root, 'dist-tag', 'add', '@community/tags@1.0.0', 'latest');
    expect((await catalogue('@community/tags')).plugin).toMatchObject({ latest_version: '1.0.0' });
    const listed = await anonymousNpm.run(root, 'dist-tag', 'ls', '@community/tags');
    expect(listed.stdout.trim().split('\n').sort()).toEqual(['beta: 2.0.0-beta.1', 'latest: 1.0.0', 'stable: 1.0.0']);
    expect((await acmeNpm.run(root, 'dist-tag', 'rm', '@community/tags', 'stable')).code).toBe(0);
    expect((await acmeNpm.run(root, 'dist-tag', 'rm', '@community/tags', 'latest')).code).not.toBe(0);
  });

  it('deprecates, and refuses to unpublish', async () => {
    await publish(acmeNpm, { name: '@community/old' });
    await publish(acmeNpm, { name: '@community/old', version: '1.1.0' });
    expect(await acmeNpm.run(root, 'deprecate', '@community/old@1.0.0', 'use 1.1')).toMatchObject({ code: 0 });
    const viewed = await anonymousNpm.run(root, 'view', '@community/old@1.0.0', 'deprecated');
    expect(viewed.stdout).toContain('use 1.1');
    expect((await catalogue('@community/old')).versions).toMatchObject([
      { deprecated: 'use 1.1' },
      { deprecated: null },
    ]);

    for (const target of ['@community/old@1.0.0', '@community/old']) {
      const removed = await acmeNpm.run(root, 'unpublish', target, '--force');
      expect(removed).toMatchObject({ code: 1, stderr: expect.stringContaining('IA_REGISTRY_IMMUTABLE') });
    }
    expect((await get('/@community/old')).status).toBe(200);
    expect((await get('/@community/old/-/old-1.0.0.tgz')).status).toBe(200);
  });

  it('refuses what the gate refuses, says why, and leaves nothing behind', async () => {
    const scripts = { postinstall: 'echo hi' };
    const refused = await publish(acmeNpm, { name: '@community/bad', scripts }, '--ignore-scripts');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/install scripts are refused: postinstall/),
    });
    const manifest = await publish(acmeNpm, { name: '@community/bad', iaModules: { apiVersion: 9 } });
    expect(manifest.stderr).toMatch(/IA_PLUGIN_MANIFEST.*apiVersion/);
    expect((await get('/@community/bad')).status).toBe(404);
    expect((await catalogue('@community/bad')).versions).toEqual([]);
    expect((await publish(acmeNpm, { name: '@community/bad' })).code).toBe(0);
  });
});

describe('searching with npm', () => {
  it('finds plugins by name, description and keyword, with the version to install', async () => {
    const keywords = ['linguistics'];
    await publish(acmeNpm, { name: '@community/syllables', description: 'Counts them in 100% of texts.', keywords });
    await publish(acmeNpm, {
      name: '@community/syllables',
      version: '1.2.0',
      description: 'Counts 100% of them.',
      keywords,
    });
    for (const text of ['SYLLABLES', '100%', 'linguistics', 'keywords:linguistics', 'counts community']) {
      const found = await anonymousNpm.run(root, 'search', text, '--json');
      const packages = JSON.parse(found.stdout) as readonly Record<string, unknown>[];
      expect(packages).toContainEqual(expect.objectContaining({ name: '@community/syllables', version: '1.2.0' }));
    }
    const none = await anonymousNpm.run(root, 'search', 'zz%zz', '--json');
    expect(JSON.parse(none.stdout)).toEqual([]);
  });
});

describe('who may do what', () => {
  it('keeps a tenant’s packages to its members', async () => {
    expect(await publish(acmeNpm, { name: '@acme/secret' })).toMatchObject({ code: 0 });
    expect((await catalogue('@acme/secret')).plugin).toMatchObject({ visibility: 'private', tenant_id: acme.tenantId });
    for (const path of [
      '/@acme%2fsecret',
      '/@acme/secret',
      '/@acme/secret/1.0.0',
      '/@acme/secret/-/secret-1.0.0.tgz',
    ]) {
      expect([path, (await get(path, acmeToken)).status]).toEqual([path, 200]);
      expect([path, (await get(path, INTERNAL_TOKEN)).status]).toEqual([path, 200]);
      expect([path, (await get(path, globexToken)).status]).toEqual([path, 404]);
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    }
    const search = async (token?: string) => await (await get('/-/v1/search?text=secret', token)).text();
    expect(await search(acmeToken)).toContain('@acme/secret');
    expect(await search(globexToken)).not.toContain('@acme/secret');
    expect(await search()).not.toContain('@acme/secret');

    const project = await writePackage(root, { name: 'project', version: '1.0.0' }, {});
    expect(await acmeNpm.run(project, 'install', '@acme/secret')).toMatchObject({ code: 0 });
    expect(await globexNpm.run(project, 'view', '@acme/secret')).toMatchObject({
      stderr: expect.stringContaining('E404'),
    });
  });

  it('lets the first publisher own a community name', async () => {
    await publish(acmeNpm, { name: '@community/owned' });
    const taken = await publish(globexNpm, { name: '@community/owned', version: '2.0.0' });
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/E403.*belongs to the tenant/s) });
    const deprecated = await globexNpm.run(root, 'deprecate', '@community/owned', 'mine now');
    expect(deprecated.code).not.toBe(0);
    expect((await globexNpm.run(root, 'dist-tag', 'add', '@community/owned@1.0.0', 'x')).code).not.toBe(0);
    expect((await catalogue('@community/owned')).versions).toMatchObject([{ version: '1.0.0', deprecated: null }]);
  });

  it('gives a contested name to exactly one of two tenants that publish at once', async () => {
    const results = await Promise.all([
      publish(acmeNpm, { name: '@community/race' }),
      publish(globexNpm, { name: '@community/race', version: '1.0.1' }),
    ]);
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
    expect((await catalogue('@community/race')).versions).toHaveLength(1);
  });

  it('refuses foreign, reserved and unscoped names, strangers and tokens without the scope', async () => {
    const readOnly = await createNpmClient(root, registry.url, await acme.apiToken(['PLUGINS_READ']));
    const refused = [
      await publish(globexNpm, { name: '@acme/intruder' }),
      await publish(acmeNpm, { name: '@ia-modules/core' }),
      await publish(acmeNpm, { name: 'unscoped' }),
      await publish(readOnly, { name: '@acme/readonly' }),
    ];
    for (const result of refused) expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('E403') });
    expect((await publish(anonymousNpm, { name: '@community/anonymous' })).code).toBe(1);
    const unauthenticated = await fetch(`${registry.url}/@community%2fanonymous`, { method: 'PUT', body: '{}' });
    expect(unauthenticated.status).toBe(401);
    const internal = { authorization: `Bearer ${INTERNAL_TOKEN}` };
    expect((await fetch(`${registry.url}/@acme%2fx`, { method: 'PUT', body: '{}', headers: internal })).status).toBe(
      401,
    );
  });

  it('refuses a revoked token within seconds', async () => {
    const token = await acme.apiToken(['PLUGINS_READ']);
    expect((await get('/@acme%2fsecret', token)).status).toBe(200);
    await admin.query('update api_tokens set revoked_at = now() where hash = $1', [await sha256(token)]);
    await expect.poll(async () => (await get('/@acme%2fsecret', token)).status, { timeout: 5_000 }).toBe(401);
    expect((await get('/@community/words', token)).status).toBe(401);
  });

  it('answers ping on both loopback addresses, whoami, and closes what it does not offer', async () => {
    expect((await get('/-/ping')).status).toBe(200);
    const { port } = new URL(registry.url);
    expect((await fetch(`http://127.0.0.1:${port}/-/ping`)).status).toBe(200);
    expect(await (await get('/-/whoami', acmeToken)).json()).toMatchObject({ username: 'acme' });
    for (const path of ['/-/all', '/-/static/logo.png', '/']) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
}
