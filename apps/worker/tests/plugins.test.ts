import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, installPlugin, type TestDatabase } from '@ia-modules/database/testing';
import type { PluginReference, RunEvent } from '@ia-modules/engine';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { createSecretSealer, secretVersionOwner } from '@ia-modules/secrets';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startWorker, type Worker } from '../src/worker.ts';
import { HELPER, KINDS, serveHelper, serveKinds } from './plugin-kinds.ts';
import { startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const SECRET_KEY = randomBytes(32);
const HELPER_SECRET = 'a-key-of-the-helper-alone';

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;
let registry: TarballServer;
let kinds: PluginReference;
let helper: PluginReference;
let target: Server;
let url: string;
let dataDir: string;
let worker: Worker;
const asked: string[] = [];
const bodies: string[] = [];

/** As an operator or the kernel might: whatever this process has started for plugins ends at once. */
const killSandboxes = (): void => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const isSandbox = /deno|bwrap|unshare/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      if (Number(parent) === process.pid && isSandbox) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
};

const install = (tenant: string, plugin: PluginReference, grant: object) =>
  installPlugin(fixtures.pool, { tenantId: tenant, plugin, grant });

const setSecret = async (name: string, value: string): Promise<void> => {
  const secretId = randomUUID();
  await fixtures.pool.query(
    `insert into secrets (id, tenant_id, name, description, current_version, created_by) values ($1, $2, $3, '', 1, 'tester')`,
    [secretId, tenantId, name],
  );
  const sealer = createSecretSealer({ current: SECRET_KEY, others: [] });
  const { keyId, sealed } = sealer.seal(value, secretVersionOwner({ tenantId, secretId, version: 1 }));
  await fixtures.pool.query(
    `insert into secret_versions (tenant_id, secret_id, version, key_id, sealed, created_by) values ($1, $2, 1, $3, $4, 'tester')`,
    [tenantId, secretId, keyId, sealed],
  );
};

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
  registry = await startTarballServer();
  target = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/attempts/1') killSandboxes();
    let body = '';
    request.on('data', (chunk: Buffer) => (body += String(chunk)));
    request.on('end', () => {
      if (request.method === 'POST') bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  url = `http://localhost:${(target.address() as AddressInfo).port}`;
  [kinds, helper] = [serveKinds(registry, new URL(url).host), serveHelper(registry)];
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-plugins-'));
  await install(tenantId, kinds, { net: [new URL(url).host], secrets: [], blobs: true });
  await install(tenantId, helper, { net: [], secrets: ['HELPER_KEY'], blobs: false });
  await setSecret('HELPER_KEY', HELPER_SECRET);
  const config = readConfig({
    IA_WORKER_DATABASE_URL: database.urls.worker,
    IA_REGISTRY_URL: registry.url,
    IA_INTERNAL_TOKEN: TOKEN,
    IA_DATA_DIR: dataDir,
    IA_SECRET_KEY: SECRET_KEY.toString('base64'),
    IA_EGRESS_ALLOW: new URL(url).host,
    IA_METRICS_PORT: '0',
  });
  worker = await startWorker(config, pino({ level: 'silent' }));
  await worker.leading;
});

afterAll(async () => {
  await worker?.stop();
  target?.close();
  await registry?.close();
  await fixtures?.close();
  await database?.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const run = async (definition: object, tenant = tenantId) => {
  const resolvedPlugins = { kinds, [HELPER]: helper };
  const whole = { name: `p-${randomUUID()}`, plugins: { kinds: `${KINDS}@^1.0.0` }, ...definition };
  const runId = await fixtures.startRun(await fixtures.createPipeline(tenant, whole, { resolvedPlugins }));
  return { runId, ended: await fixtures.untilEnded(runId) };
};

const eventsOf = async (runId: string, type: RunEvent['type']) =>
  (await fixtures.events(runId)).filter((event) => event.type === type);

test('a pipeline uses a contribution of every kind, and hands bytes from one step to the next', async () => {
  const { runId, ended } = await run({
    steps: [
      { id: 'keep', uses: 'kinds.keep', with: { text: '  invoice  ' } },
      {
        id: 'read',
        uses: 'kinds.read',
        with: { reference: '{{ steps.keep.output }}' },
        transform: [{ uses: 'kinds.trim' }],
        validate: [{ uses: 'kinds.is_text' }],
      },
      { id: 'long', uses: 'core.noop' },
      { id: 'short', uses: 'core.noop' },
    ],
    flow: {
      transitions: [
        { from: 'keep', to: 'read' },
        { from: 'read', to: 'long', condition: { type: 'plugin', plugin: 'kinds.is_long', config: { chars: 5 } } },
        { from: 'read', to: 'short', default: true },
      ],
    },
    hooks: [{ uses: 'kinds.tell', with: { url } }],
    reporters: [{ uses: 'kinds.log', with: { url } }],
    exporters: [{ uses: 'kinds.send', with: { url } }],
    outputs: { text: '{{ steps.read.output.text }}', blob: '{{ steps.keep.output }}' },
  });
  expect(ended).toMatchObject({
    status: 'succeeded',
    outputs: { text: 'invoice', blob: { contentType: 'text/plain', sizeBytes: 11 } },
  });
  expect((await eventsOf(runId, 'step_skipped')).map(({ stepId }) => stepId)).toEqual(['short']);
  await expect.poll(() => asked).toEqual(expect.arrayContaining(['/hook/run_succeeded', '/events/run_succeeded']));
  await expect
    .poll(() => bodies.flatMap((body) => JSON.parse(body) as { name: string }[]).map(({ name }) => name))
    .toContain('pipeline.execution.duration_seconds');
  const metrics = await (await fetch(`http://127.0.0.1:${worker.metricsPort}/metrics`)).text();
  expect(metrics).toMatch(
    /plugin_call_duration_seconds_count\{plugin="@community\/kinds",kind="exporter",status="succeeded"/,
  );
  expect(metrics).toMatch(/sandbox_processes\{[^}]*\} [1-9]/);
  expect(metrics).toMatch(/sandbox_cold_starts_total\{[^}]*\} [1-9]/);
  expect(metrics).toMatch(/plugin_custom_total\{plugin="@community\/kinds",name="kept"[^}]*\} 1/);
});

test('a contribution that is used as what it is not does not run', async () => {
  const { ended } = await run({ steps: [{ id: 'a', uses: 'kinds.is_text', with: { value: { text: '' } } }] });
  expect(ended).toMatchObject({ status: 'failed', error: { code: 'IA_PLUGIN_STEP' } });
});

test('bytes of another tenant are out of reach, and the grant decides whether there are any', async () => {
  const { ended } = await run({
    steps: [{ id: 'keep', uses: 'kinds.keep', with: { text: 'ours' } }],
    outputs: { blob: '{{ steps.keep.output }}' },
  });
  const { blob } = ended.outputs as { blob: object };
  const read = { steps: [{ id: 'read', uses: 'kinds.read', with: { reference: blob } }] };
  const [theirs, refused] = [await fixtures.createTenant('globex'), await fixtures.createTenant('initech')];
  await install(theirs, kinds, { net: [], secrets: [], blobs: true });
  await install(refused, kinds, { net: [], secrets: [], blobs: false });
  expect((await run(read)).ended.status).toBe('succeeded');
  expect((await run(read, theirs)).ended).toMatchObject({ status: 'failed', error: { code: 'IA_BLOB_MISSING' } });
  expect((await run(read, refused)).ended).toMatchObject({
    status: 'failed',
    error: { code: 'IA_PLUGIN_BLOB_DENIED' },
  });
});

test('a plugin calls what it depends on, which has its own grant; cost and lines are those of the attempt', async () => {
  const { runId, ended } = await run({
    steps: [{ id: 'ask', uses: 'kinds.ask', with: { question: 'lunch' } }],
    outputs: { answer: '{{ steps.ask.output }}' },
  });
  expect(ended).toMatchObject({
    status: 'succeeded',
    outputs: { answer: { answer: 'for lunch', key: expect.stringContaining(`${runId}/ask`), secret: '***' } },
  });
  const [succeeded] = await eventsOf(runId, 'task_succeeded');
  expect(succeeded?.data).toMatchObject({ costUsd: 0.125 });
  await expect
    .poll(async () => {
      const lines = await fixtures.pool.query<{ lines: unknown }>(
        'select lines from run_log_chunks where run_id = $1',
        [runId],
      );
      return JSON.stringify(lines.rows);
    })
    .toContain(`${HELPER}#help: helps ***`);
});

test('calls between plugins end at a bound, and reach nothing that is no dependency or not installed', async () => {
  const ask = (uses: string) => ({ steps: [{ id: 'ask', uses: 'kinds.ask', with: { uses } }] });
  expect((await run(ask(`${HELPER}#deeper`))).ended).toMatchObject({ error: { code: 'IA_PLUGIN_DEPENDENCY' } });
  expect((await run(ask('@ia-modules/plugin-http#request'))).ended).toMatchObject({
    error: { code: 'IA_PLUGIN_DEPENDENCY' },
  });
  const without = await fixtures.createTenant('umbrella');
  await install(without, kinds, { net: [], secrets: [], blobs: false });
  expect((await run(ask(`${HELPER}#help`), without)).ended).toMatchObject({ status: 'failed' });
});

test('a process that dies in the middle is started again for the next attempt, under the same key', async () => {
  const { runId, ended } = await run({
    steps: [
      {
        id: 'die',
        uses: 'kinds.die',
        with: { url },
        timeout: '60s',
        retry: { max_attempts: 2, initial_delay: '1ms', jitter: false },
      },
    ],
    outputs: { key: '{{ steps.die.output.key }}' },
  });
  const failures = await eventsOf(runId, 'task_failed');
  expect(failures.map(({ data }) => (data as { error: { code: string } }).error.code)).toEqual(['IA_PLUGIN_CRASHED']);
  expect(ended).toMatchObject({ status: 'succeeded', outputs: { key: `${runId}/die//` } });
});

test('an effect of which a plugin can not tell is put to people', async () => {
  const { runId } = await run({ steps: [{ id: 'lose', uses: 'kinds.lose', on_unknown: 'fail' }] });
  expect((await eventsOf(runId, 'task_unknown')).map(({ stepId }) => stepId)).toEqual(['lose']);
});

test('operators are told with the lease how plugins are isolated', async () => {
  await expect
    .poll(
      async () => {
        const { rows } = await fixtures.pool.query<{ sandbox: unknown }>(
          `select report -> 'sandbox' as sandbox from worker_leases where name = 'engine'`,
        );
        return rows[0]?.sandbox;
      },
      { timeout: 10_000 },
    )
    .toMatchObject({ level: 'caged', problem: null });
});
