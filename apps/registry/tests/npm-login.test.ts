import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiToken, createDatabase, findRegistryLogin, sealText, withTenant } from '@ia-modules/database';
import { type SeededTenant, type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson } from '../src/testing/plugin-package.ts';
import { type NpmClient, createNpmClient, writePackage } from './npm-client.ts';
import { startTestRegistry } from './test-registry.ts';

vi.setConfig({ testTimeout: 120_000, expect: { poll: { timeout: 20_000 } } });

let database: TestDatabase;
let admin: Client;
let registry: Registry;
let root: string;
let acme: SeededTenant;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'));
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
});

afterAll(async () => {
  await registry?.stop();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

const npmrcOf = (npm: NpmClient) => readFile(join(npm.directory, 'npmrc'), 'utf8');

const signIn = (npm: NpmClient, password: string) =>
  npm.converse(
    new Map([
      ['Username:', 'ann'],
      ['Password:', password],
    ]),
    'login',
    '--auth-type=legacy',
  );

/** As the API confirms a login that a person has let in. */
async function confirm(code: string): Promise<string> {
  const api = createDatabase({ url: database.urls.app });
  try {
    const login = await findRegistryLogin(api.pool, code);
    if (login === null) throw new Error('there is no such login');
    const made = await withTenant(api, acme.tenantId, async (tx) => {
      const created = await createApiToken(tx, {
        tenantId: acme.tenantId,
        name: 'npm login',
        scopes: ['PLUGINS_READ', 'PLUGINS_PUBLISH'],
        createdBy: acme.userId,
      });
      await tx.apiToken.update({ where: { id: created.record.id }, data: { isFromNpmLogin: true } });
      return created.token;
    });
    await api.pool.query('select answer_registry_login($1, $2)', [login.id, sealText(login.publicKey, made)]);
    return made;
  } finally {
    await api.close();
  }
}

const webLogin = async (npm: NpmClient, answer: (code: string) => Promise<unknown>) => {
  const answered: Promise<unknown>[] = [];
  const result = await npm.watch((text) => {
    const code = /http:\/\/localhost:3100\/npm-login\?code=(\S+)/.exec(text)?.[1];
    if (code !== undefined) answered.push(answer(code));
  }, 'login');
  await Promise.all(answered);
  return result;
};

describe('npm login --auth-type=legacy', () => {
  it('takes an API token for a password', async () => {
    const npm = await createNpmClient(root, registry.url);
    expect(await signIn(npm, token)).toMatchObject({ code: 0, stdout: expect.stringContaining('Logged in') });
    expect(await npmrcOf(npm)).toContain(`:_authToken=${token}`);
    expect((await npm.run(root, 'whoami')).stdout.trim()).toBe('acme');
  });

  it('says what a password is when it is none, and keeps nothing', async () => {
    const npm = await createNpmClient(root, registry.url);
    const refused = await signIn(npm, 'hunter2');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The password must be an API token of the platform'),
    });
    expect(refused.stderr).toContain('npm login');
    expect(await npmrcOf(npm)).not.toContain('_authToken');
  });
});

describe('npm login', () => {
  it('gets a token that a person confirmed in the portal, publishes with it, and gives it back', async () => {
    const npm = await createNpmClient(root, registry.url);
    const made: string[] = [];
    const loggedIn = await webLogin(npm, async (code) => made.push(await confirm(code)));
    expect(loggedIn).toMatchObject({ code: 0, stdout: expect.stringContaining('Logged in') });
    expect(await npmrcOf(npm)).toContain(`:_authToken=${made[0]}`);
    const directory = await writePackage(root, pluginPackageJson({ name: '@acme/from-login' }));
    expect(await npm.run(directory, 'publish')).toMatchObject({ code: 0 });
    expect(await admin.query('select 1 from registry_logins')).toMatchObject({ rowCount: 0 });

    expect(await npm.run(root, 'logout')).toMatchObject({ code: 0 });
    expect(await npmrcOf(npm)).not.toContain('_authToken');
    const withOldToken = await createNpmClient(root, registry.url, made[0]);
    await expect.poll(async () => (await withOldToken.run(root, 'whoami')).code).toBe(1);
    const audit = await admin.query(`select details from audit_log where action = 'token.revoke'`);
    expect(audit.rows).toEqual([{ details: { after: { revokedBy: 'npm logout' } } }]);
  });

  it('hears when the person refuses, and asks for no password then', async () => {
    const npm = await createNpmClient(root, registry.url);
    const refused = await webLogin(npm, async (code) => {
      const api = createDatabase({ url: database.urls.app });
      const login = await findRegistryLogin(api.pool, code);
      await api.pool.query('select answer_registry_login($1, null)', [login?.id]);
      await api.close();
    });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('The login was refused in the portal.') });
    expect(refused.stdout).not.toMatch(/username|password/i);
  });

  it('is answered once, to who began it, and in time', async () => {
    const begun = await fetch(`${registry.url}/-/v1/login`, { method: 'POST', body: '{"hostname":"laptop\\u0007"}' });
    const { loginUrl, doneUrl } = (await begun.json()) as Record<'loginUrl' | 'doneUrl', string>;
    const waiting = await fetch(doneUrl);
    expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([202, '1']);
    const stranger = await fetch(doneUrl.replace(/.{43}$/, 'A'.repeat(43)));
    expect(await stranger.json()).toEqual({ error: expect.stringContaining('is over') });
    const made = await confirm(new URL(loginUrl).searchParams.get('code') ?? '');
    expect(await (await fetch(doneUrl)).json()).toEqual({ token: made });
    expect(await (await fetch(doneUrl)).json()).not.toHaveProperty('token');
    const clients = await admin.query('select client_name from registry_logins');
    expect(clients.rows).toEqual([]);
  });

  it('is bounded', async () => {
    await admin.query(`insert into registry_logins (id, code_hash, poll_hash, public_key, client_name, client_address, expires_at)
      select gen_random_uuid(), n::text, n::text, '', '', '', now() + interval '1 minute' from generate_series(1, 1000) n`);
    const full = await fetch(`${registry.url}/-/v1/login`, { method: 'POST', body: '{}' });
    expect([full.status, await full.text()]).toEqual([429, expect.stringContaining('Too many logins are open.')]);
    await admin.query(`update registry_logins set expires_at = now() - interval '1 second'`);
    expect((await fetch(`${registry.url}/-/v1/login`, { method: 'POST', body: '{}' })).status).toBe(200);
    expect(await admin.query('select 1 from registry_logins')).toMatchObject({ rowCount: 1 });
  });
});

describe('npm of somebody who is signed in', () => {
  it('knows whose token it has, and that the registry is there', async () => {
    const npm = await createNpmClient(root, registry.url, token);
    expect((await npm.run(root, 'whoami')).stdout.trim()).toBe('acme');
    expect(await npm.run(root, 'ping')).toMatchObject({ code: 0, stderr: expect.stringContaining('PONG') });
    const stranger = await createNpmClient(root, registry.url, 'ia_wrong');
    expect((await stranger.run(root, 'whoami')).code).toBe(1);
  });

  it('forgets a token of the portal with npm logout, and says that it stays valid', async () => {
    const npm = await createNpmClient(root, registry.url, token);
    expect(await npm.run(root, 'logout')).toMatchObject({ code: 0, stderr: expect.stringContaining('stays valid') });
    expect(await npmrcOf(npm)).not.toContain(token);
    expect((await (await createNpmClient(root, registry.url, token)).run(root, 'whoami')).code).toBe(0);
  });

  it('lists the packages of the tenant, and says who may read one', async () => {
    const npm = await createNpmClient(root, registry.url, token);
    const directory = await writePackage(root, pluginPackageJson({ name: '@acme/listed' }));
    expect(await npm.run(directory, 'publish')).toMatchObject({ code: 0 });
    const listed = await npm.run(root, 'access', 'list', 'packages', '@acme', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ '@acme/listed': 'read-write' });
    expect((await npm.run(root, 'access', 'list', 'packages', '@globex')).code).toBe(1);
    expect((await npm.run(root, 'access', 'get', 'status', '@acme/listed')).stdout).toContain('private');
    expect((await npm.run(root, 'access', 'get', 'status', '@community/any')).stdout).toContain('public');
  });

  it.each([
    [['token', 'list'], /made, listed and revoked in the portal/],
    [['profile', 'get'], /kept in the portal/],
    [['owner', 'add', 'eve', '@acme/listed'], /belongs to a tenant/],
    [['access', 'set', 'status=public', '@acme/listed'], /The scope of a package tells who may read it/],
    [['team', 'ls', 'acme'], /portal/],
  ])('hears from npm %j where that is done', async (args, message) => {
    const npm = await createNpmClient(root, registry.url, token);
    const result = await npm.run(root, ...args);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(result.stderr).toContain('IA_REGISTRY_ELSEWHERE');
  });
});
