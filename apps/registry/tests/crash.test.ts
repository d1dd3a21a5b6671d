import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { KILL_STEPS, type KillStep } from './kill-steps.ts';
import { readPublishedState } from './published-state.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';
import { type TestStorage, type TestStorages, openTestStorages } from './test-storages.ts';

const NAME = '@community/phoenix';
const KILL_AT = fileURLToPath(new URL('kill-at.ts', import.meta.url));
/** `npm run prove` kills more often. */
const ROUNDS = Number(process.env['IA_CRASH_ROUNDS'] ?? 1);
const SEED = Number(process.env['IA_CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const LONGEST_LIFE_MS = 400;

vi.setConfig({ testTimeout: 300_000 + ROUNDS * 10_000 });

let database: TestDatabase;
let admin: Client;
let token: string;
let storages: TestStorages;
let registry: RegistryProcess | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  storages = await openTestStorages();
});

afterEach(async () => {
  await registry?.stop('SIGKILL');
  for (const { blobs } of [storages.folder, storages.S3]) await blobs.delete('@community');
  await admin.query('truncate plugins, plugin_versions, publish_intents cascade');
});

afterAll(async () => {
  await admin?.end();
  await storages?.close();
  await database?.drop();
});

async function start({ url, environment }: TestStorage): Promise<RegistryProcess> {
  registry = await startRegistryProcess({
    databaseUrl: database.urls.registry,
    storageDir: url,
    preload: KILL_AT,
    environment,
  });
  return registry;
}

/** The status of the answer; null when there was none. */
async function publish(url: string, version: string): Promise<number | null> {
  const tarball = pluginTarball(pluginPackageJson({ name: NAME, version }));
  const response = await fetch(`${url}/${NAME.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(publishBody(NAME, version, tarball)),
  }).catch(() => null);
  return response === null ? null : response.status;
}

async function killAt(target: RegistryProcess, step: KillStep): Promise<void> {
  const ready = once(target.process, 'message');
  target.process.send({ killAt: step });
  await ready;
}

/** The versions that stand; each of them is whole, from every side. */
async function wholeVersions({ blobs }: TestStorage): Promise<string[]> {
  if (registry === undefined) throw new Error('no registry');
  const state = await readPublishedState({ admin, url: registry.url, blobs, name: NAME });
  const versions = state.served.map((line) => line.split(' ')[0] ?? '');
  expect({ seed: SEED, versions: state.catalogue }).toEqual({ seed: SEED, versions: state.served });
  expect(state.tarballs).toEqual(state.served);
  expect(state.files).toEqual(versions.map((version) => `phoenix-${version}.tgz`).toSorted());
  expect(state.intents).toBe(0);
  expect(state.latest.served).toBe(state.latest.catalogue);
  return versions;
}

describe.each(['folder', 'S3'] as const)('a publish into %s', (kind) => {
  // S3 differs in how it stores alone.
  const steps = kind === 'folder' ? KILL_STEPS : KILL_STEPS.filter((step) => /tarball|document/.test(step));

  it('is there or not, wherever in it the registry is killed', async () => {
    const storage = storages[kind];
    let victim = await start(storage);
    expect(await publish(victim.url, '0.0.1')).toBe(201);
    for (const [index, step] of steps.entries()) {
      await killAt(victim, step);
      const version = `1.${index}.0`;
      const exited = once(victim.process, 'exit');
      expect({ step, answer: await publish(victim.url, version) }).toEqual({ step, answer: null });
      expect(await exited).toEqual([null, 'SIGKILL']);
      victim = await start(storage);
      const versions = await wholeVersions(storage);
      const isThere = ['after document', 'before record', 'after record'].includes(step);
      expect(versions).toContain('0.0.1');
      expect({ step, isThere: versions.includes(version) }).toEqual({ step, isThere });
      expect(await publish(victim.url, version)).toBe(isThere ? 409 : 201);
    }
  });

  it('is there or not, whenever the registry is killed', async () => {
    const storage = storages[kind];
    const random = createRandom(SEED);
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = await start(storage);
      expect(await wholeVersions(storage)).toEqual(expect.arrayContaining(acknowledged));
      const publishing = publishUntilKilled(victim, round, acknowledged);
      await delay(random() * LONGEST_LIFE_MS);
      await victim.stop('SIGKILL');
      await publishing;
    }
    await start(storage);
    expect(await wholeVersions(storage)).toEqual(expect.arrayContaining(acknowledged));
  });
});

async function publishUntilKilled({ url }: RegistryProcess, round: number, acknowledged: string[]): Promise<void> {
  for (let patch = 0; ; patch += 1) {
    const version = `2.${round}.${patch}`;
    const status = await publish(url, version);
    if (status === null) return;
    if (status === 201) acknowledged.push(version);
  }
}

/** Mulberry32: small, and the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
