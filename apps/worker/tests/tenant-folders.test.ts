import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { createPool } from '@ia-modules/runtime-postgres';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenantFolders } from '../src/tenant-folders.ts';

const root = mkdtempSync(path.join(tmpdir(), 'ia-folders-'));
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
  const files = createTenantFolders(root, 10).filesOf(randomUUID());
  const first = await files.resolve('reports/may.csv');
  await writeFile(first, 'x'.repeat(20));
  // Another worker, or the same one some seconds later: what was measured is not kept for long.
  const tenantId = path.basename(path.dirname(path.dirname(first)));
  const later = createTenantFolders(root, 10).filesOf(tenantId);
  expect(await later.resolve('reports/may.csv')).toBe(first);
  await expect(later.resolve('reports/june.csv')).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});

test('the files of a tenant go with it', async () => {
  const folders = createTenantFolders(root, 1_000);
  const [living, gone] = [await fixtures.createTenant('living'), randomUUID()];
  for (const tenantId of [living, gone]) await writeFile(await folders.filesOf(tenantId).resolve('a.txt'), 'a');
  await folders.sweep(pool);
  expect(await readdir(root)).toEqual([living]);
});
