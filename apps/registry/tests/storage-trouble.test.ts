import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { startRegistryProcess } from './registry-process.ts';
import { startTestRegistry } from './test-registry.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A mount of its own, which needs no rights outside of it. */
const IN_OWN_MOUNTS = ['--user', '--map-root-user', '--mount'];
const MOUNT_AND_RUN = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"';

let database: TestDatabase;
let token: string;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  folder = await mkdtemp(join(tmpdir(), 'ia-registry-'));
});

afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

type Publish = Readonly<{ url: string; name: string; version: string; ballastBytes?: number }>;

async function publish({ url, name, version, ballastBytes = 0 }: Publish): Promise<Response> {
  const ballast = { path: 'package/ballast.bin', content: randomBytes(ballastBytes) };
  const tarball = pluginTarball(pluginPackageJson({ name, version }), ballast);
  return await fetch(`${url}/${name.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(publishBody(name, version, tarball)),
  });
}

const versionsOf = async (url: string, name: string): Promise<string[]> => {
  const response = await fetch(`${url}/${name.replace('/', '%2f')}`);
  return Object.keys(((await response.json()) as { versions?: object }).versions ?? {});
};

const canMount = (): boolean => {
  try {
    execFileSync('unshare', [...IN_OWN_MOUNTS, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

it.skipIf(!canMount())('says that the disk is full, keeps nothing of the version, and takes what fits', async () => {
  const name = '@community/heavy';
  const mount = await mkdtemp(join(tmpdir(), 'ia-full-'));
  const registry = await startRegistryProcess({
    databaseUrl: database.urls.registry,
    storageDir: mount,
    through: ['unshare', ...IN_OWN_MOUNTS, 'sh', '-c', MOUNT_AND_RUN, 'sh', mount],
    // Beside the folder of the packages by default, where it would stay.
    environment: { IA_REGISTRY_SIGNING_KEY_FILE: join(folder, 'signing-key.pem') },
  });
  try {
    expect((await publish({ url: registry.url, name, version: '1.0.0' })).status).toBe(201);
    const full = await publish({ url: registry.url, name, version: '1.1.0', ballastBytes: 2_000_000 });
    expect([full.status, await full.text()]).toEqual([507, expect.stringMatching(/IA_BLOB_NO_SPACE.*Make room/)]);
    expect((await publish({ url: registry.url, name, version: '1.1.0' })).status).toBe(201);
    expect(await versionsOf(registry.url, name)).toEqual(['1.0.0', '1.1.0']);
  } finally {
    await registry.stop();
    await rm(mount, { recursive: true, force: true });
  }
});

it('serves all others when a power cut has damaged a document, and writes nothing over it', async () => {
  const registry = await startTestRegistry(database.urls.registry, folder);
  const { url } = registry;
  try {
    for (const name of ['@community/damaged', '@community/whole']) {
      expect((await publish({ url, name, version: '1.0.0' })).status).toBe(201);
    }
    const directory = join(folder, '@community/damaged');
    await truncate(join(directory, 'package.json'), 100);
    await writeFile(join(directory, 'package.json.tmp123'), 'half');
    expect((await fetch(`${url}/@community%2fdamaged`)).status).toBe(500);
    expect((await publish({ url, name: '@community/damaged', version: '1.0.1' })).status).toBe(500);
    expect(await readdir(directory)).not.toContain('damaged-1.0.1.tgz');
    expect(await versionsOf(url, '@community/whole')).toEqual(['1.0.0']);
  } finally {
    await registry.stop();
  }
});
