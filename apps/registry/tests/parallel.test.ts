import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { readPublishedState } from './published-state.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';
import { type TestStorages, openTestStorages } from './test-storages.ts';

const PUBLISHES = 20;

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let admin: Client;
let tokens: string[];
let storages: TestStorages;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  tokens = [await tenant.apiToken(['PLUGINS_PUBLISH']), await tenant.apiToken(['PLUGINS_PUBLISH'])];
  storages = await openTestStorages();
});

afterAll(async () => {
  await admin?.end();
  await storages?.close();
  await database?.drop();
});

type Publish = Readonly<{ name: string; version: string; token: string | undefined; content: string }>;

async function publish({ url }: RegistryProcess, { name, version, token, content }: Publish): Promise<number> {
  const tarball = pluginTarball(pluginPackageJson({ name, version }), { path: 'package/NOTES.md', content });
  const response = await fetch(`${url}/${name.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(publishBody(name, version, tarball)),
  });
  await response.arrayBuffer();
  return response.status;
}

describe.each(['folder', 'S3'] as const)('two registries on one %s', (kind) => {
  let registries: readonly RegistryProcess[];

  beforeAll(async () => {
    const { url, environment } = storages[kind];
    const start = () => startRegistryProcess({ databaseUrl: database.urls.registry, storageDir: url, environment });
    registries = await Promise.all([start(), start()]);
  });

  afterAll(async () => {
    await Promise.all(registries.map((registry) => registry.stop()));
  });

  const publishAll = (count: number, name: string, versionOf: (index: number) => string): Promise<number[]> =>
    Promise.all(
      Array.from({ length: PUBLISHES }, (_, index) => {
        const registry = registries[index % count];
        if (registry === undefined) throw new Error('no such registry');
        const token = tokens[Math.floor(index / count) % tokens.length];
        return publish(registry, { name, version: versionOf(index), token, content: `${index}` });
      }),
    );
  const stateOf = (name: string, index: number) =>
    readPublishedState({ admin, url: registries[index]?.url ?? '', blobs: storages[kind].blobs, name });

  it.each([1, 2])('let one of many publishes of a version win, sent to %d of them', async (count) => {
    const name = `@community/one-${kind.toLowerCase()}-${count}`;
    const statuses = await publishAll(count, name, () => '1.0.0');
    expect(statuses.toSorted((left, right) => left - right)).toEqual([
      201,
      ...Array.from({ length: PUBLISHES - 1 }, () => 409),
    ]);
    const [first, second] = [await stateOf(name, 0), await stateOf(name, 1)];
    expect(first.catalogue).toHaveLength(1);
    expect([first.served, first.tarballs]).toEqual([first.catalogue, first.catalogue]);
    expect(second).toEqual(first);
  });

  it.each([1, 2])('keep all versions that are published at once, sent to %d of them', async (count) => {
    const name = `@community/many-${kind.toLowerCase()}-${count}`;
    const statuses = await publishAll(count, name, (index) => `1.0.${index}`);
    expect(statuses).toEqual(Array.from({ length: PUBLISHES }, () => 201));
    const [first, second] = [await stateOf(name, 0), await stateOf(name, 1)];
    expect(first.catalogue).toHaveLength(PUBLISHES);
    expect([first.served, first.tarballs]).toEqual([first.catalogue, first.catalogue]);
    expect(first.latest.served).toBe(first.latest.catalogue);
    expect(second).toEqual(first);
  });
});
