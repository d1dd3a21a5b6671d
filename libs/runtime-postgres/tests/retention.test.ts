import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type BlobStore, createFolderBlobStore } from '@ia-modules/blobs';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPool, pruneLogs, type PruneOptions, type PruneResult, readArchivedLog } from '../src/index.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = Date.UTC(2026, 0, 31);
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

let database: TestDatabase;
let fixtures: RunFixtures;
let worker: Pool;
let folder: string;
let blobs: BlobStore;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  worker = createPool({ url: database.urls.worker, applicationName: 'retention', maxConnections: 4 });
});
afterAll(async () => {
  await worker.end();
  await fixtures.close();
  await database.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'retention-'));
  blobs = createFolderBlobStore({ folder });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  // A test's runs must not be prunable for the next one.
  await fixtures.pool.query('update tenant_limits set retention_days = null');
});

type Settings = { readonly retentionDays: number | null; readonly archivesLogs?: boolean };

const createTenant = async ({ retentionDays, archivesLogs = false }: Settings): Promise<string> => {
  const tenantId = await fixtures.createTenant(`tenant-${randomUUID().slice(0, 8)}`);
  await fixtures.pool.query('update tenant_limits set retention_days = $2, archives_logs = $3 where tenant_id = $1', [
    tenantId,
    retentionDays,
    archivesLogs,
  ]);
  return tenantId;
};

type RunSettings = { readonly ageDays: number; readonly status?: string; readonly events?: number };

/** A run with a log in chunks of up to three events, a snapshot and one large value. */
const createRun = async (
  tenantId: string,
  { ageDays, status = 'succeeded', events = 7 }: RunSettings,
): Promise<string> => {
  const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, { name: 'p', steps: [] }));
  const at = NOW - ageDays * DAY_MS;
  for (let first = 1; first <= events; first += 3) {
    const last = Math.min(first + 2, events);
    const chunk = Array.from({ length: last - first + 1 }, (_, place) => ({
      type: 'log_line',
      at: at + place,
      data: { text: `"quoted"\n{ü}`, number: first + place },
    }));
    await fixtures.pool.query(
      'insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, $3, $4, $5)',
      [tenantId, runId, first, last, JSON.stringify(chunk)],
    );
  }
  await fixtures.pool.query(
    `insert into run_snapshots (tenant_id, run_id, seq, format, state) values ($1, $2, $3, 'test', '')`,
    [tenantId, runId, events],
  );
  await fixtures.pool.query('update runs set last_seq = $2, status = $3, finished_at = $4 where id = $1', [
    runId,
    events,
    status,
    status === 'waiting' ? null : new Date(at),
  ]);
  await blobs.put(`${tenantId}/${runId}/large`, new Uint8Array(10));
  return runId;
};

const prune = (options: Partial<PruneOptions> = {}): Promise<PruneResult> =>
  pruneLogs({ pool: worker, blobs, now: NOW, log: SILENT, ...options });

type Left = {
  readonly chunks: number;
  readonly snapshots: number;
  readonly isPruned: boolean;
  readonly archive: string | null;
};

const left = async (runId: string): Promise<Left> => {
  const { rows } = await fixtures.pool.query<Left>(
    `select (select count(*)::int from run_event_chunks where run_id = $1) as chunks,
      (select count(*)::int from run_snapshots where run_id = $1) as snapshots,
      pruned_at is not null as "isPruned", archive_key as archive from runs where id = $1`,
    [runId],
  );
  if (rows[0] === undefined) throw new TypeError('The run is gone.');
  return rows[0];
};

const WHOLE: Left = { chunks: 3, snapshots: 1, isPruned: false, archive: null };
const PRUNED: Left = { chunks: 0, snapshots: 0, isPruned: true, archive: null };

const noSpace = async (): Promise<never> => {
  throw new PlatformError({ code: 'IA_BLOB_NO_SPACE', message: 'full' });
};

test('only logs of ended runs that are older than their tenant keeps them go', async () => {
  const month = await createTenant({ retentionDays: 30 });
  const week = await createTenant({ retentionDays: 7 });
  const forever = await createTenant({ retentionDays: null });
  const old = await createRun(month, { ageDays: 31 });
  const young = await createRun(month, { ageDays: 29 });
  const open = await createRun(month, { ageDays: 100, status: 'waiting' });
  const weekOld = await createRun(week, { ageDays: 8, status: 'failed' });
  const kept = await createRun(forever, { ageDays: 1_000 });

  expect(await prune()).toEqual({ prunedRuns: 2, archivedRuns: 0, keptRuns: 0, hasMore: false });
  expect(await left(old)).toEqual(PRUNED);
  expect(await left(weekOld)).toEqual(PRUNED);
  for (const runId of [young, open, kept]) expect(await left(runId)).toEqual(WHOLE);
  expect(await blobs.get(`${month}/${old}/large`)).toBeUndefined();
  expect(await blobs.get(`${month}/${young}/large`)).toHaveLength(10);
  expect(await fixtures.readRun(old)).toMatchObject({ status: 'succeeded', lastSeq: 7 });
  expect(await prune()).toMatchObject({ prunedRuns: 0 });
});

test('an archived log reads as the log did, and keeps its large values', async () => {
  const tenantId = await createTenant({ retentionDays: 0, archivesLogs: true });
  const runId = await createRun(tenantId, { ageDays: 1, events: 200 });
  const events = await fixtures.events(runId);

  expect(await prune()).toMatchObject({ prunedRuns: 1, archivedRuns: 1 });
  const archive = `${tenantId}/archive/${runId}.ndjson.gz`;
  expect(await left(runId)).toEqual({ ...PRUNED, archive });
  const log = await readArchivedLog(blobs, archive);
  expect(log?.events).toEqual(events);
  expect(await blobs.get(`${tenantId}/${runId}/large`)).toHaveLength(10);
});

test('an archive that is missing, too large or damaged says which', async () => {
  const tenantId = await createTenant({ retentionDays: 0, archivesLogs: true });
  const runId = await createRun(tenantId, { ageDays: 1 });
  await prune();
  const key = `${tenantId}/archive/${runId}.ndjson.gz`;
  const bytes = (await readArchivedLog(blobs, key))?.bytes ?? 0;
  expect(await readArchivedLog(blobs, key, { maxBytes: bytes })).toMatchObject({ bytes });
  await expect(readArchivedLog(blobs, key, { maxBytes: bytes - 1 })).rejects.toMatchObject({
    code: 'IA_RUN_TOO_LARGE',
  });
  await writeFile(path.join(folder, key), 'damaged');
  await expect(readArchivedLog(blobs, key)).rejects.toMatchObject({ code: 'IA_BLOB_CORRUPT' });
  expect(await readArchivedLog(blobs, `${tenantId}/archive/other.ndjson.gz`)).toBeUndefined();
});

test('a log whose archive fails stays; what needs no room goes all the same', async () => {
  const archiving = await createTenant({ retentionDays: 0, archivesLogs: true });
  const plain = await createTenant({ retentionDays: 0 });
  const archived = [await createRun(archiving, { ageDays: 3 }), await createRun(archiving, { ageDays: 2 })];
  const dropped = await createRun(plain, { ageDays: 1 });

  expect(await prune({ blobs: { ...blobs, put: noSpace } })).toMatchObject({ prunedRuns: 1, keptRuns: 2 });
  expect(await left(dropped)).toEqual(PRUNED);
  for (const runId of archived) expect(await left(runId)).toEqual(WHOLE);
  expect(await prune()).toMatchObject({ prunedRuns: 2, archivedRuns: 2, keptRuns: 0 });
});

test('a pass that breaks off between storage and database is repeated by the next one', async () => {
  const archiving = await createTenant({ retentionDays: 0, archivesLogs: true });
  const plain = await createTenant({ retentionDays: 0 });
  const archived = await createRun(archiving, { ageDays: 1 });
  const dropped = await createRun(plain, { ageDays: 1 });
  const events = await fixtures.events(archived);
  const crash = async (): Promise<never> => {
    throw new TypeError('the process ends here');
  };
  const afterPut: BlobStore = { ...blobs, put: (key, bytes) => blobs.put(key, bytes).then(crash) };
  const afterDelete: BlobStore = { ...afterPut, delete: (prefix) => blobs.delete(prefix).then(crash) };

  await expect(prune({ blobs: afterDelete })).rejects.toThrow('the process ends here');
  await expect(prune({ blobs: afterPut })).rejects.toThrow('the process ends here');
  expect(await left(archived)).toEqual(WHOLE);
  expect(await left(dropped)).toEqual(WHOLE);

  expect(await prune()).toMatchObject({ prunedRuns: 2, archivedRuns: 1 });
  const archive = `${archiving}/archive/${archived}.ndjson.gz`;
  expect(await left(archived)).toEqual({ ...PRUNED, archive });
  expect((await readArchivedLog(blobs, archive))?.events).toEqual(events);
});

test('half a log never takes the place of a whole archive', async () => {
  const tenantId = await createTenant({ retentionDays: 0, archivesLogs: true });
  const runId = await createRun(tenantId, { ageDays: 1 });
  await fixtures.pool.query('delete from run_event_chunks where run_id = $1 and first_seq = 7', [runId]);
  expect(await prune()).toMatchObject({ prunedRuns: 0, keptRuns: 1 });
  expect(await left(runId)).toMatchObject({ chunks: 2, isPruned: false });
  expect(await blobs.get(`${tenantId}/archive/${runId}.ndjson.gz`)).toBeUndefined();
});

test('two passes at once prune each run once', async () => {
  const tenantId = await createTenant({ retentionDays: 0, archivesLogs: true });
  for (let age = 1; age <= 12; age += 1) await createRun(tenantId, { ageDays: age });
  const passes = await Promise.all([prune(), prune()]);
  const again = await prune();
  expect([...passes, again].reduce((sum, { prunedRuns }) => sum + prunedRuns, 0)).toBe(12);
  const { rows } = await fixtures.pool.query<{ key: string }>(
    'select archive_key as key from runs where tenant_id = $1',
    [tenantId],
  );
  for (const { key } of rows) expect((await readArchivedLog(blobs, key))?.events).toHaveLength(7);
});

test('a pass ends after as many runs as it may prune, or when it is told to', async () => {
  const tenantId = await createTenant({ retentionDays: 0 });
  for (let age = 1; age <= 5; age += 1) await createRun(tenantId, { ageDays: age });
  expect(await prune({ signal: AbortSignal.abort() })).toMatchObject({ prunedRuns: 0, keptRuns: 5 });
  expect(await prune({ maxRuns: 3 })).toMatchObject({ prunedRuns: 3, hasMore: true });
  expect(await prune({ maxRuns: 3 })).toMatchObject({ prunedRuns: 2, hasMore: false });
});

test('a sub-pipeline keeps its log and its outputs until the run above it has ended', async () => {
  const tenantId = await createTenant({ retentionDays: 0 });
  const parent = await createRun(tenantId, { ageDays: 1, status: 'waiting' });
  const child = await createRun(tenantId, { ageDays: 1 });
  await fixtures.pool.query('update runs set parent_run_id = $2 where id = $1', [child, parent]);
  expect(await prune()).toMatchObject({ prunedRuns: 0, keptRuns: 1, hasMore: false });
  expect(await left(child)).toEqual(WHOLE);
  expect(await blobs.get(`${tenantId}/${child}/large`)).toHaveLength(10);
  await fixtures.pool.query(`update runs set status = 'succeeded', finished_at = $2 where id = $1`, [
    parent,
    new Date(0),
  ]);
  expect(await prune()).toMatchObject({ prunedRuns: 2 });
});

test('a run that ended without events is pruned without an archive', async () => {
  const tenantId = await createTenant({ retentionDays: 0, archivesLogs: true });
  const runId = await createRun(tenantId, { ageDays: 1, events: 0 });
  expect(await prune()).toMatchObject({ prunedRuns: 1, archivedRuns: 0 });
  expect(await left(runId)).toEqual(PRUNED);
});

test('webhook deliveries are forgotten after a week', async () => {
  const tenantId = await createTenant({ retentionDays: null });
  const { pipelineId } = await fixtures.createPipeline(tenantId, { name: 'p', steps: [] });
  const webhookId = randomUUID();
  await fixtures.pool.query(
    `insert into webhooks (id, tenant_id, pipeline_id, name, secret, created_by) values ($1, $2, $3, 'w', '', 'fixture')`,
    [webhookId, tenantId, pipelineId],
  );
  for (const ageDays of [8, 6]) {
    await fixtures.pool.query(
      'insert into webhook_deliveries (tenant_id, webhook_id, delivery, run_id, received_at) values ($1, $2, $3, $4, $5)',
      [tenantId, webhookId, `${ageDays} days old`, randomUUID(), new Date(NOW - ageDays * DAY_MS)],
    );
  }
  await prune();
  const { rows } = await fixtures.pool.query('select delivery from webhook_deliveries where webhook_id = $1', [
    webhookId,
  ]);
  expect(rows).toEqual([{ delivery: '6 days old' }]);
});

test('log lines go with the log, to the archive where there is one', async () => {
  const addLines = (tenantId: string, runId: string) =>
    fixtures.pool.query(
      'insert into run_log_chunks (tenant_id, run_id, first_seq, last_seq, lines) values ($1, $2, 1, 2, $3)',
      [
        tenantId,
        runId,
        JSON.stringify([
          { at: 1, level: 'info', message: 'one' },
          { at: 2, level: 'info', message: 'two' },
        ]),
      ],
    );
  const archiving = await createTenant({ retentionDays: 1, archivesLogs: true });
  const forgetful = await createTenant({ retentionDays: 1 });
  const kept = await createRun(archiving, { ageDays: 2 });
  const lost = await createRun(forgetful, { ageDays: 2 });
  await addLines(archiving, kept);
  await addLines(forgetful, lost);
  await prune();
  const { rows } = await fixtures.pool.query('select from run_log_chunks where run_id = any($1)', [[kept, lost]]);
  expect(rows).toEqual([]);
  const archive = await blobs.get(`${archiving}/archive/${kept}.lines.ndjson.gz`);
  const lines = gunzipSync(archive ?? new Uint8Array())
    .toString()
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { seq: 1, message: 'one' },
    { seq: 2, message: 'two' },
  ]);
});
