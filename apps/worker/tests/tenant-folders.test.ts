import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { createPool } from '@ia-modules/runtime-postgres';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenantFolders } from '../src/tenant-folders.ts';

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'ia-folders-')));
let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'test', maxConnections: 2 });
});

afterAll(async () => {
  await pool.end();
  await fixtures.close();
  await database.drop();
  rmSync(root, { recursive: true });
});

test('a tenant that has no room left reads and deletes its files, and makes no new ones', async () => {
  const tenantId = randomUUID();
  const first = await createTenantFolders(root, 20_000).filesOf(tenantId).resolve('may.csv', { toWriteBytes: 9_000 });
  await writeFile(first, 'x'.repeat(9_000));
  const files = createTenantFolders(root, 10_000).filesOf(tenantId);
  expect(await files.resolve('may.csv')).toBe(first);
  expect(await files.resolve('june.csv')).toBe(path.join(path.dirname(first), 'june.csv'));
  await expect(files.resolve('a/june.csv', { toWriteBytes: 0 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  expect(await readdir(path.dirname(first))).toEqual(['may.csv']);
});

test('what a tenant adds to files that are there counts before it is written', async () => {
  const tenantId = randomUUID();
  const files = createTenantFolders(root, 10_000).filesOf(tenantId);
  await writeFile(await files.resolve('log.txt', { toWriteBytes: 1 }), 'x');
  await files.resolve('log.txt', { toWriteBytes: 3_000 });
  await expect(files.resolve('log.txt', { toWriteBytes: 3_000 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});

test('room that is set aside is what is left, and comes back when it was not needed', async () => {
  const files = createTenantFolders(root, 10_000).filesOf(randomUUID());
  const [first, second] = [await files.reserve(8_000), await files.reserve(8_000)];
  expect([first.bytes, second.bytes]).toEqual([8_000, 2_000]);
  first.release(1_000);
  expect((await files.reserve(8_000)).bytes).toBe(7_000);
});

test('the files of a tenant go with it', async () => {
  const folders = createTenantFolders(root, 10_000);
  const [living, gone] = [await fixtures.createTenant('living'), randomUUID()];
  for (const tenantId of [living, gone])
    await writeFile(await folders.filesOf(tenantId).resolve('a.txt', { toWriteBytes: 1 }), 'a');
  await folders.sweep(pool);
  expect(await readdir(root)).toEqual([living]);
});
