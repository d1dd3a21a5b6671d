import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { createMemoryStore, STORE_LIMITS } from '@ia-modules/plugin-host';
import type { KeyValueStore } from '@ia-modules/plugin-sdk/trusted';
import { createPool } from '@ia-modules/runtime-postgres';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPluginValues } from '../src/plugin-values.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 4 });
});

afterAll(async () => {
  await pool.end();
  await fixtures.close();
  await database.drop();
});

let tenants = 0;
const stores: Readonly<Record<string, () => Promise<KeyValueStore>>> = {
  'in memory': async () => createMemoryStore(),
  'in the database': async () => createPluginValues(pool, await fixtures.createTenant(`tenant-${(tenants += 1)}`)),
};

describe.each(Object.entries(stores))('a store %s', (_, create) => {
  test('keeps values until they are deleted or over', async () => {
    const store = await create();
    expect(await store.get('a')).toBeUndefined();
    expect(await store.set('a', '1')).toBe(true);
    expect(await store.set('a', '2', { onlyIfAbsent: true })).toBe(false);
    expect(await store.get('a')).toBe('1');
    expect(await store.set('a', '3', { ttlMs: 0 })).toBe(true);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.set('a', '4', { onlyIfAbsent: true })).toBe(true);
    expect(await store.delete('a')).toBe(true);
    expect(await store.delete('a')).toBe(false);
  });

  test('adds to numbers, and to nothing else', async () => {
    const store = await create();
    expect(await store.add('n', 2)).toBe(2);
    expect(await store.add('n', -0.5)).toBe(1.5);
    expect(await store.get('n')).toBe('1.5');
    await store.set('text', 'three');
    await expect(store.add('text', 1)).rejects.toThrow('no number');
    await store.set('n', '7', { ttlMs: 0 });
    expect(await store.add('n', 1)).toBe(1);
  });

  test('adds up what comes at once', async () => {
    const store = await create();
    await Promise.all(Array.from({ length: 20 }, () => store.add('n', 1)));
    expect(await store.get('n')).toBe('20');
  });

  test('is bounded', async () => {
    const store = await create();
    await expect(store.set('k'.repeat(STORE_LIMITS.keyChars + 1), '')).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    await expect(store.set('k', 'v'.repeat(STORE_LIMITS.valueChars + 1))).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    expect(await store.set('k', 'v'.repeat(STORE_LIMITS.valueChars))).toBe(true);
  });
});

test('a tenant has so many values, and never those of another one', async () => {
  const [one, other] = [await fixtures.createTenant('one'), await fixtures.createTenant('other')];
  await fixtures.pool.query(
    `insert into plugin_values (tenant_id, key, value) select $1, 'k' || n, 'v' from generate_series(1, $2::int) n`,
    [one, STORE_LIMITS.values],
  );
  const store = createPluginValues(pool, one);
  await expect(store.set('new', 'v')).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  await expect(store.set('new', 'v', { onlyIfAbsent: true })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  await expect(store.add('new', 1)).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  expect(await store.set('k1', 'w')).toBe(true);
  expect(await createPluginValues(pool, other).get('k1')).toBeUndefined();
});

test('a NUL character is refused by name', async () => {
  const store = createPluginValues(pool, await fixtures.createTenant('nul'));
  await expect(store.set('a\0', 'v')).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});
