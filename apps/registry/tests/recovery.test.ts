import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SeededTenant, type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';
import { INTERNAL_TOKEN } from './test-registry.ts';

const NAME = '@community/phoenix';
const PATH = '/@community%2fphoenix';

// Each start of the registry takes seconds when the machine is busy.
vi.setConfig({ testTimeout: 120_000, expect: { poll: { timeout: 20_000 } } });

let database: TestDatabase;
let admin: Client;
let tenant: SeededTenant;
let token: string;
let storageDir: string;
let registry: RegistryProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

beforeEach(async () => {
  storageDir = await mkdtemp(join(tmpdir(), 'ia-registry-'));
});

afterEach(async () => {
  await registry?.stop('SIGKILL');
  await rm(storageDir, { recursive: true, force: true });
  await admin.query('truncate plugins, plugin_versions, publish_intents cascade');
});

async function start(): Promise<void> {
  registry = await startRegistryProcess({ databaseUrl: database.urls.registry, storageDir });
}

async function publish(version = '1.0.0'): Promise<Response> {
  const tarball = pluginTarball(pluginPackageJson({ name: NAME, version }));
  return await fetch(`${registry.url}${PATH}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(publishBody(NAME, version, tarball)),
  });
}

async function rowsOf(table: 'plugins' | 'plugin_versions' | 'publish_intents' | 'audit_log'): Promise<number> {
  const found = await admin.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return found.rows[0]?.count ?? 0;
}

async function seenVersions(): Promise<string[]> {
  const response = await fetch(`${registry.url}${PATH}`);
  if (response.status === 404) return [];
  const body = (await response.json()) as { readonly versions: Record<string, unknown> };
  return Object.keys(body.versions);
}

describe('a publish that is cut off', () => {
  it('reaches the catalogue at the next start when the registry was killed after storing it', async () => {
    await start();
    const audited = await rowsOf('audit_log');
    await admin.query('begin');
    await admin.query('lock table plugin_versions in access exclusive mode');
    const answer = publish().catch(() => null);
    await expect.poll(seenVersions).toEqual(['1.0.0']);
    await registry.stop('SIGKILL');
    await admin.query('rollback');
    expect(await answer).toBeNull();
    await expect.poll(async () => [await rowsOf('plugin_versions'), await rowsOf('publish_intents')]).toEqual([0, 1]);

    await start();
    expect([await rowsOf('plugins'), await rowsOf('plugin_versions'), await rowsOf('publish_intents')]).toEqual([
      1, 1, 0,
    ]);
    expect(await rowsOf('audit_log')).toBe(audited + 1);
    expect((await publish()).status).toBe(409);
    expect((await publish('1.0.1')).status).toBe(201);
  });

  it('leaves nothing in the way when the registry was killed before the version was stored', async () => {
    const directory = join(storageDir, NAME);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), '');
    await writeFile(join(directory, 'package.json.lock'), '');
    await writeFile(join(directory, 'phoenix-1.0.0.tgz'), 'half a tarball');
    await writeFile(join(directory, 'phoenix-1.0.0.tgz.tmp-123456'), 'half');
    await writeFile(join(storageDir, '.verdaccio-db.json'), '{"list":["@comm');
    await leaveIntent('sha512-never-stored');

    await start();
    expect(await rowsOf('publish_intents')).toBe(0);
    expect(await readdir(directory)).not.toContain('phoenix-1.0.0.tgz');
    expect((await publish()).status).toBe(201);
    expect(await seenVersions()).toEqual(['1.0.0']);
    expect(await rowsOf('plugin_versions')).toBe(1);
  });

  it('is recorded later when the catalogue can’t be written for a while', async () => {
    await start();
    await admin.query('revoke insert on plugin_versions from ia_registry');
    try {
      expect((await publish()).status).toBe(201);
      expect(await rowsOf('plugin_versions')).toBe(0);
    } finally {
      await admin.query('grant insert on plugin_versions to ia_registry');
    }
    await expect.poll(() => rowsOf('plugin_versions')).toBe(1);
    await expect.poll(() => rowsOf('publish_intents')).toBe(0);
  });
});

describe('the process', () => {
  it('ends cleanly on SIGTERM and when its parent is gone', async () => {
    await start();
    expect(await registry.stop('SIGTERM')).toBe(0);
    await start();
    const exited = new Promise((resolve) => registry.process.once('exit', resolve));
    registry.process.disconnect();
    expect(await exited).toBe(0);
  });

  it('keeps secrets out of its log', async () => {
    const environment = { LOG_LEVEL: 'trace' };
    registry = await startRegistryProcess({ databaseUrl: database.urls.registry, storageDir, environment });
    await publish();
    await publish();
    await fetch(`${registry.url}${PATH}`, { headers: { authorization: 'Bearer ia_a-token-that-is-wrong' } });
    const output = registry.output();
    expect(output).toContain('the registry is ready');
    const { password } = new URL(database.urls.registry);
    for (const secret of [token, INTERNAL_TOKEN, password, 'ia_a-token-that-is-wrong']) {
      expect(output).not.toContain(secret);
    }
  });

  it('says so when its port is taken', async () => {
    await start();
    const environment = { IA_REGISTRY_PORT: new URL(registry.url).port };
    const second = startRegistryProcess({ databaseUrl: database.urls.registry, storageDir, environment });
    await expect(second).rejects.toThrow(/ended with 2[\s\S]*IA_CONFIG_INVALID[\s\S]*set IA_REGISTRY_PORT/);
  });

  it('says which setting is wrong', async () => {
    const environment = { IA_INTERNAL_TOKEN: 'short' };
    const started = startRegistryProcess({ databaseUrl: database.urls.registry, storageDir, environment });
    await expect(started).rejects.toThrow(/ended with 2[\s\S]*IA_CONFIG_INVALID[\s\S]*IA_INTERNAL_TOKEN/);
  });
});

async function leaveIntent(integrity: string): Promise<void> {
  const payload = {
    actor: { kind: 'token', tokenId: randomUUID(), userId: tenant.userId },
    entry: {
      visibility: 'public',
      title: 'Phoenix',
      description: '',
      keywords: [],
      manifest: pluginPackageJson()['iaModules'],
      readme: '',
      sizeBytes: 1,
      tags: ['latest'],
      publishedBy: tenant.userId,
    },
  };
  await admin.query(
    'insert into publish_intents (id, tenant_id, name, version, integrity, payload) values ($1, $2, $3, $4, $5, $6)',
    [randomUUID(), tenant.tenantId, NAME, '1.0.0', integrity, payload],
  );
}
