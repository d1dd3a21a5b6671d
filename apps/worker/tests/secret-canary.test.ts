import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createPool, TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, signForTests, type TestDatabase } from '@ia-modules/database/testing';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canaryPipelines } from './canary-pipelines.ts';
import { createCanary, dumpDatabase, findCanaries, type Haystack, readFolder } from './canary-search.ts';
import { KEEPER, KEEPER_MANIFEST, serveKeeper } from './secret-plugin.ts';
import { startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const mainOf = (app: string): string => fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));

type Answer = ReturnType<typeof JSON.parse>;

const secretKey = randomBytes(32).toString('base64');
const logs: Haystack = new Map();
const answers: Haystack = new Map();
const children: ChildProcess[] = [];

let database: TestDatabase;
let pool: Pool;
let registry: TarballServer;
let target: Server;
let targetUrl: string;
let dataDir: string;
let apiUrl: string;
let token: string;
let rowId: string;
let tenantId: string;

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

/** Starts a service as the platform does, and keeps all that it says. */
const startService = async (app: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const child = fork(mainOf(app), {
    execArgv: ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'trace', IA_SECRET_KEY: secretKey, ...env },
  });
  children.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => logs.set(app, `${logs.get(app) ?? ''}${chunk.toString('utf8')}`));
  }
  const started = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => null)]);
  if (started === null) throw new Error(`${app} ended before it was ready:\n${logs.get(app)}`);
};

/** A service of others that sends back all that it got, in every form that it knows; or breaks. */
const startTarget = async (): Promise<Server> => {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/break') === true) {
      response.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const got = JSON.stringify({
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const forms = [
        got,
        encodeURIComponent(got),
        Buffer.from(got).toString('base64'),
        Buffer.from(got).toString('hex'),
      ];
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ forms }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.adminUrl, maxConnections: 2 });
  [registry, target] = [await startTarballServer(), await startTarget()];
  targetUrl = `http://localhost:${(target.address() as AddressInfo).port}`;
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-canary-'));
  const blobUrl = pathToFileURL(path.join(dataDir, 'blobs')).href;
  const port = await freePort();
  apiUrl = `http://localhost:${port}/graphql`;
  await Promise.all([
    startService('api', {
      IA_API_PORT: String(port),
      IA_API_DATABASE_URL: database.urls.app,
      IA_AUTH_DATABASE_URL: database.urls.auth,
      IA_AUTH_SECRET: randomBytes(32).toString('base64'),
      IA_BLOB_URL: blobUrl,
      IA_MAIL_OUTBOX: path.join(dataDir, 'outbox'),
    }),
    startService('worker', {
      IA_WORKER_DATABASE_URL: database.urls.worker,
      IA_REGISTRY_URL: registry.url,
      IA_INTERNAL_TOKEN: TOKEN,
      IA_DATA_DIR: dataDir,
      IA_BLOB_URL: blobUrl,
      IA_EGRESS_ALLOW: new URL(targetUrl).host,
    }),
  ]);
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  rowId = tenant.tenantId;
  token = await tenant.apiToken(TOKEN_SCOPES);
  tenantId = (await ask('{ tenant(slug: "acme") { id } }')).data.tenant.id;
  await installKeeper();
});

afterAll(async () => {
  const ended = children.filter((child) => child.exitCode === null).map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(ended);
  target?.close();
  await registry?.close();
  await pool?.end();
  await database?.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Asks the API, and keeps what it answers. */
const ask = async (query: string, variables: object = {}): Promise<Answer> => {
  const response = await fetch(apiUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  answers.set(`answer ${answers.size} to ${query.slice(0, 60)}`, text);
  return JSON.parse(text);
};

const ERRORS = '... on Error { code message hint } ... on ValidationFailed { diagnostics { path message hint } }';

const change = async (name: string, input: object, fields: string): Promise<Answer> => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on ${type}Success { ${fields} } ${ERRORS} } }`;
  return (await ask(query, { input })).data?.[name];
};

const installKeeper = async (): Promise<void> => {
  const { name, version, integrity } = serveKeeper(registry);
  const manifest = JSON.stringify(manifestSchema.parse(KEEPER_MANIFEST));
  const signatures = JSON.stringify(await signForTests(pool, { name, version, integrity }));
  await pool.query(
    `insert into plugins (name, tenant_id, visibility, title, description, latest_version) values ($1, $2, 'public', 'k', 'k', $3)`,
    [name, rowId, version],
  );
  await pool.query(
    `insert into plugin_versions (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by,
       signatures)
     values ($1, $2, $3, 'public', $4, $5, '', 1, 'tests', $6)`,
    [name, version, rowId, integrity, manifest, signatures],
  );
  const grant = { net: [], secrets: ['KEY', 'OTHER'] };
  const installed = await change('installPlugin', { tenantId, name: KEEPER, grant }, 'installation { version }');
  expect(installed).toMatchObject({ installation: { version } });
};

const RUN = `query ($id: ID!) { node(id: $id) { ... on Run {
  status parameters trigger outputs error { code message hint details } events(first: 100) { nodes { type stepId data } }
  steps(first: 10) { nodes { stepId status output error { code message hint details } } } } } }`;

const readRun = async (id: string): Promise<Answer> => {
  const { data, errors } = await ask(RUN, { id });
  expect(errors).toBeUndefined();
  return data.node;
};

const runToEnd = async (definition: object): Promise<string> => {
  const saved = await change('createPipeline', { tenantId, definition }, 'pipeline { id }');
  expect(saved.diagnostics).toBeUndefined();
  const pipelineId = saved.pipeline.id;
  const { run } = await change('startRun', { pipelineId }, 'run { id }');
  const status = async (): Promise<string> => (await readRun(run.id)).status;
  await expect.poll(status, { timeout: 60_000, interval: 50 }).toMatch(/^(?:succeeded|failed)$/);
  await readLive(run.id);
  return status();
};

/** What a subscriber gets, of the whole run. */
const readLive = async (runId: string): Promise<void> => {
  const query = 'subscription ($runId: ID!) { runEvents(runId: $runId) { __typename ... on RunEvent { type data } } }';
  const response = await fetch(apiUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { runId } }),
  });
  const text = await response.text();
  expect(text).toContain('run_started');
  answers.set(`live events ${answers.size}`, text);
};

const whereShown = async (canaries: readonly string[]): Promise<string[]> => {
  const places = [await dumpDatabase(pool), await readFolder(dataDir), logs, answers];
  return places.flatMap((haystack) => findCanaries(haystack, canaries));
};

test('no value of a secret shows up anywhere, however it is used', async () => {
  const canaries = Array.from({ length: 6 }, createCanary);
  const [key, header, other, rotated, guess, stray] = canaries as [string, string, string, string, string, string];
  const control = createCanary();
  const created = await change(
    'createSecret',
    { tenantId, name: 'KEY', value: key, description: control },
    'secret { id }',
  );
  await change('createSecret', { tenantId, name: 'HEADER', value: header }, 'secret { id }');
  await change('createSecret', { tenantId, name: 'OTHER', value: other }, 'secret { id }');

  const statuses: string[] = [];
  for (const definition of canaryPipelines(targetUrl)) statuses.push(await runToEnd(definition));
  expect(statuses).toEqual(['succeeded', 'failed', 'failed', 'failed', 'failed']);

  const { id } = created.secret;
  await change('rotateSecret', { id, value: rotated, expectedVersion: 1 }, 'secret { currentVersion }');
  await change('rotateSecret', { id, value: stray, expectedVersion: 1 }, 'secret { currentVersion }');
  await change('testSecret', { id, value: guess }, 'isEqual fingerprint');
  await change('testSecret', { id, value: rotated }, 'isEqual fingerprint');
  await change('createSecret', { tenantId, name: 'KEY', value: stray }, 'secret { id }');
  await change('createSecret', { tenantId, name: 'no name', value: stray }, 'secret { id }');
  await change('createSecret', { tenantId, name: 'TOO_LARGE', value: stray.repeat(3_000) }, 'secret { id }');
  await change('createSecret', { tenantId, value: stray }, 'secret { id }');
  await ask(
    `{ tenant(slug: "acme") { secrets { nodes { name description versions { nodes { number } } usedBy { nodes { name } } } } } }`,
  );

  expect(await whereShown(canaries)).toEqual([]);
  // What is no secret is found: the search works.
  expect((await whereShown([control])).map((place) => place.split(':')[0])).toEqual(
    expect.arrayContaining(['table public.secrets', 'table public.audit_log']),
  );
  expect([...answers.values()].join()).toContain('***');
}, 180_000);
