import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BlobStore, createFolderBlobStore } from '@ia-modules/blobs';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json, TaskRequest } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRuntime, readArchivedLog, type Runtime } from '../src/index.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

const PATIENTLY = { timeout: 20_000 };
const LARGE = 'x'.repeat(300 * 1_024);
const DEFINITION = {
  name: 'large',
  steps: [
    { id: 'make', uses: 'test.make' },
    { id: 'measure', uses: 'test.measure', with: { text: '{{ steps.make.output.text }}' } },
  ],
  flow: { start: 'make', transitions: [{ from: 'make', to: 'measure' }] },
  outputs: { text: '{{ steps.make.output.text }}', chars: '{{ steps.measure.output.chars }}' },
};

let database: TestDatabase;
let fixtures: RunFixtures;
let folder: string;
let blobs: BlobStore;
let runtime: Runtime;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
});
afterAll(async () => {
  await fixtures.close();
  await database.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'large-'));
  blobs = createFolderBlobStore({ folder });
});
afterEach(async () => {
  await runtime.stop();
  await rm(folder, { recursive: true });
});

const work = async ({ uses, input }: TaskRequest): Promise<Json> =>
  uses === 'test.make' ? { text: LARGE } : { chars: (input as { readonly text: string }).text.length };

const start = (store: BlobStore = blobs): void => {
  runtime = createRuntime({ databaseUrl: database.urls.worker, blobs: store, executorFor: () => ({ execute: work }) });
};

const startRun = async (): Promise<string> => fixtures.startRun(await fixtures.createPipeline(tenantId, DEFINITION));

type Reference = { readonly $blob: { readonly sha256: string; readonly bytes: number } };

test('large values lie beside the log, and steps see them', async () => {
  start();
  const runId = await startRun();
  const run = await fixtures.untilEnded(runId);
  const { sha256, bytes } = (run.outputs as unknown as Reference).$blob;
  const stored = Buffer.from((await blobs.get(`${tenantId}/${runId}/${sha256}`)) ?? []);
  expect(stored.byteLength).toBe(bytes);
  expect(JSON.parse(stored.toString())).toEqual({ text: LARGE, chars: LARGE.length });
  expect(JSON.stringify(await fixtures.events(runId)).length).toBeLessThan(20_000);
});

test('a full storage keeps the run waiting, and no other one; with room it goes on', async () => {
  let isFull = true;
  let refusals = 0;
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    if (!isFull) return blobs.put(key, bytes);
    refusals += 1;
    throw new PlatformError({ code: 'IA_BLOB_NO_SPACE', message: 'full', fault: 'infra', disposition: 'retry' });
  };
  start({ ...blobs, put });
  const runId = await startRun();
  await expect.poll(() => refusals, PATIENTLY).toBeGreaterThan(0);
  const small = await fixtures.createPipeline(tenantId, { name: 'small', steps: [{ id: 'a', uses: 'core.noop' }] });
  expect(await fixtures.untilEnded(await fixtures.startRun(small))).toMatchObject({ status: 'succeeded' });
  expect((await fixtures.readRun(runId)).status).toBe('running');
  isFull = false;
  expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
});

test('the worker archives and removes what its tenant does not keep', async () => {
  start();
  const runId = await startRun();
  await fixtures.untilEnded(runId);
  await runtime.stop();
  await fixtures.pool.query('update tenant_limits set retention_days = 0, archives_logs = true where tenant_id = $1', [
    tenantId,
  ]);
  const events = await fixtures.events(runId);
  start();
  await expect.poll(() => fixtures.events(runId), PATIENTLY).toEqual([]);
  const log = await readArchivedLog(blobs, `${tenantId}/archive/${runId}.ndjson.gz`);
  expect(log?.events).toEqual(events);
  expect(await readdir(path.join(folder, tenantId, runId))).not.toEqual([]);
});
