import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { type BlobStore, createFolderBlobStore } from '@ia-modules/blobs';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { createPool, pruneLogs, type PruneResult } from '@ia-modules/runtime-postgres';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ask, send } from './graphql-client.ts';
import { createRunLogWriter, type RunLogWriter, STARTED, stepSucceeded, SUCCEEDED } from './run-log-writer.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

let database: TestDatabase;
let api: TestApi;
let log: RunLogWriter;
let admin: Client;
let worker: Pool;
let folder: string;
let blobs: BlobStore;
let tenant: SeededTenant;
let token: string;
let tenantId: string;
let pipelineId: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'retention-'));
  blobs = createFolderBlobStore({ folder });
  database = await createTestDatabase();
  [api, log] = await Promise.all([
    startTestApi(database, { IA_BLOB_URL: pathToFileURL(folder).href }),
    createRunLogWriter(database),
  ]);
  worker = createPool({ url: database.urls.worker, applicationName: 'retention', maxConnections: 2 });
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const definition = { name: 'one', steps: [{ id: 'a', uses: 'core.noop' }] };
  pipelineId = (await ask(api, token, create, { input: { tenantId, definition } }))['createPipeline'].pipeline.id;
});
afterAll(async () => {
  await api?.close();
  await log?.close();
  await admin?.end();
  await worker?.end();
  await database?.drop();
  await rm(folder, { recursive: true });
});

const UPDATE = `mutation ($input: UpdateTenantRetentionInput!) { updateTenantRetention(input: $input) {
  kind: __typename
  ... on UpdateTenantRetentionSuccess { tenant { retentionDays archivesLogs } }
  ... on Error { code message } } }`;

const setRetention = async (retentionDays: number | null, archivesLogs: boolean, by = token) =>
  (await ask(api, by, UPDATE, { input: { tenantId, retentionDays, archivesLogs } }))['updateTenantRetention'];

beforeEach(() => setRetention(null, false));

type EndedRun = { readonly id: string; readonly tenantId: string; readonly runId: string };

const endRun = async (): Promise<EndedRun> => {
  const start = `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } } }`;
  const id: string = (await ask(api, token, start, { input: { pipelineId } }))['startRun'].run.id;
  const [, tenantKey = '', runId = ''] = Buffer.from(id, 'base64url').toString('utf8').split(':');
  const run = { id, tenantId: tenantKey, runId };
  await log.append(run, [STARTED, stepSucceeded('a', 1), SUCCEEDED]);
  await admin.query('update runs set finished_at = now() where id = $1', [runId]);
  return run;
};

const pruneInDays = (days: number): Promise<PruneResult> =>
  pruneLogs({ pool: worker, blobs, now: Date.now() + days * DAY_MS, log: SILENT });

const LOG_FIELDS = `isLogPruned logPrunedAt
  events(first: 2) { nodes { seq } gap { from to } }
  last: events(last: 1) { nodes { seq } gap { from to } }
  archivedEvents(first: 2) { nodes { seq type } pageInfo { endCursor hasNextPage } }
  steps { nodes { stepId status output } }`;

const readRun = async (run: EndedRun, fields: string = LOG_FIELDS, variables: object = {}) =>
  (
    await ask(api, token, `query ($id: ID!) { node(id: $id) { ... on Run { ${fields} } } }`, {
      id: run.id,
      ...variables,
    })
  )['node'];

const putValue = async (run: EndedRun, value: unknown): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await blobs.put(`${run.tenantId}/${run.runId}/${sha256}`, bytes);
  return sha256;
};

const readBlob = (run: EndedRun, sha256: string, by = token) =>
  send(api, {
    token: by,
    query: 'query ($id: ID!, $sha256: String!) { node(id: $id) { ... on Run { blob(sha256: $sha256) } } }',
    variables: { id: run.id, sha256 },
  });

it('a log that is kept has no gap and no archive', async () => {
  const run = await endRun();
  expect(await readRun(run)).toMatchObject({
    isLogPruned: false,
    logPrunedAt: null,
    events: { nodes: [{ seq: 1 }, { seq: 2 }], gap: null },
    archivedEvents: null,
    steps: { nodes: [{ stepId: 'a', status: 'succeeded', output: 1 }] },
  });
});

it('a log that was removed says so instead of looking empty', async () => {
  const run = await endRun();
  const kept = await readRun(run, 'events { pageInfo { startCursor } }');
  await setRetention(7, false);
  expect(await pruneInDays(6)).toMatchObject({ prunedRuns: 0 });
  await pruneInDays(8);
  expect(await readRun(run)).toEqual({
    isLogPruned: true,
    logPrunedAt: expect.any(String),
    events: { nodes: [], gap: { from: 1, to: 3 } },
    last: { nodes: [], gap: { from: 1, to: 3 } },
    archivedEvents: null,
    steps: { nodes: [] },
  });
  const after = `events(after: "${kept.events.pageInfo.startCursor}") { gap { from to } }`;
  expect(await readRun(run, after)).toEqual({ events: { gap: { from: 2, to: 3 } } });
});

it('an archived log is read page by page, and tells the steps', async () => {
  const run = await endRun();
  await setRetention(0, true);
  await pruneInDays(1);
  const read = await readRun(run);
  expect(read).toMatchObject({
    isLogPruned: true,
    events: { nodes: [], gap: { from: 1, to: 3 } },
    archivedEvents: { nodes: [{ seq: 1, type: 'run_started' }, { seq: 2 }], pageInfo: { hasNextPage: true } },
    steps: { nodes: [{ stepId: 'a', status: 'succeeded', output: 1 }] },
  });
  const next = `archivedEvents(after: "${read.archivedEvents.pageInfo.endCursor}") { nodes { seq } }`;
  expect(await readRun(run, next)).toEqual({ archivedEvents: { nodes: [{ seq: 3 }] } });
  const last = 'archivedEvents(last: 2) { nodes { seq } }';
  expect(await readRun(run, last)).toEqual({ archivedEvents: { nodes: [{ seq: 2 }, { seq: 3 }] } });
});

it('large values are read by their hash, within their run alone', async () => {
  const [run, other] = [await endRun(), await endRun()];
  const value = { rows: Array.from({ length: 50_000 }, (_, index) => index) };
  const sha256 = await putValue(run, value);
  expect((await readBlob(run, sha256)).data).toEqual({ node: { blob: value } });
  expect((await readBlob(other, sha256)).data).toEqual({ node: { blob: null } });
  const { errors } = await readBlob(run, '../../secret');
  expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_INVALID');
  const stranger = await (await seedTenant(database, { slug: 'other', name: 'Other' })).apiToken(TOKEN_SCOPES);
  expect((await readBlob(run, sha256, stranger)).data).toEqual({ node: null });
});

it('large values count like all that an operation reads, and damaged ones are no answer', async () => {
  const run = await endRun();
  const sha256 = await putValue(run, 'x'.repeat(1_024 * 1_024));
  expect((await readBlob(run, sha256)).errors).toBeUndefined();
  const other = await putValue(run, 'y');
  expect((await readBlob(run, other)).data).toEqual({ node: { blob: 'y' } });
  await truncate(path.join(folder, run.tenantId, run.runId, other), 79.5 * 1_024 * 1_024);
  const both = `query ($id: ID!) { node(id: $id) { ... on Run { a: blob(sha256: "${sha256}") b: blob(sha256: "${other}") } } }`;
  const { errors } = await send(api, { token, query: both, variables: { id: run.id } });
  expect(errors?.map((error) => error.extensions?.['code'])).toEqual(['IA_API_LIMIT']);

  await writeFile(path.join(folder, run.tenantId, run.runId, sha256), '"damaged"');
  const damaged = await readBlob(run, sha256);
  expect(damaged.data).toEqual({ node: { blob: null } });
  expect(damaged.errors?.[0]?.extensions?.['code']).toBe('IA_INTERNAL');
});

it('owners and admins say how long logs are kept, and it is on record', async () => {
  expect(await setRetention(30, true)).toMatchObject({ tenant: { retentionDays: 30, archivesLogs: true } });
  const { rows } = await admin.query(
    "select details from audit_log where action = 'tenant.retention' order by seq desc limit 1",
  );
  expect(rows[0].details).toEqual({
    before: { retentionDays: null, archivesLogs: false },
    after: { retentionDays: 30, archivesLogs: true },
  });
  for (const days of [-1, 36_501]) expect(await setRetention(days, false)).toMatchObject({ kind: 'ValidationFailed' });
  const reader = await tenant.apiToken(['TENANT_READ']);
  expect(await setRetention(1, false, reader)).toMatchObject({ kind: 'Forbidden' });
  expect(await ask(api, reader, '{ tenant(slug: "acme") { retentionDays archivesLogs } }')).toEqual({
    tenant: { retentionDays: 30, archivesLogs: true },
  });
});
