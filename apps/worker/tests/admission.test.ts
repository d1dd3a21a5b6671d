import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, installPlugin, signForTests, type TestDatabase } from '@ia-modules/database/testing';
import type { PluginReference } from '@ia-modules/engine';
import { createSigningKeyPem, readSigningKey, signVersion } from '@ia-modules/plugin-signatures';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startWorker, type Worker } from '../src/worker.ts';
import { buildTarball, pluginEntries, startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const NAME = '@community/shouting';
const HTTP = '@ia-modules/plugin-json';

let database: TestDatabase;
let fixtures: RunFixtures;
let registry: TarballServer;
let dataDir: string;
let worker: Worker;
let tenantId: string;
let first: PluginReference;
let second: PluginReference;

const serve = (version: string): PluginReference =>
  registry.serve(NAME, version, buildTarball(pluginEntries(NAME, version)));

const sign = (signatures: unknown, version = '1.0.0') =>
  fixtures.pool.query('update plugin_versions set signatures = $3 where plugin_name = $1 and version = $2', [
    NAME,
    version,
    JSON.stringify(signatures),
  ]);

const warn = async (pluginName: string, version: string, patched: string | null = '>=9.0.0'): Promise<string> => {
  const id = randomUUID();
  await fixtures.pool.query(
    `insert into advisories (id, tenant_id, plugin_name, affected_range, patched_range, severity, title, description, published_by)
     values ($1, $2, $3, '*', $4, 'high', 'It shouts too loud', '', 'tests')`,
    [id, tenantId, pluginName, patched],
  );
  await fixtures.pool.query(
    'insert into advisory_versions (tenant_id, advisory_id, plugin_name, version) values ($1, $2, $3, $4)',
    [tenantId, id, pluginName, version],
  );
  return id;
};

const withdraw = (id: string) => fixtures.pool.query('update advisories set withdrawn_at = now() where id = $1', [id]);

/** One shout, after another under way: what is done between them counts for the second. */
const shout = async (more: object = {}, plugin = first) => {
  const definition = {
    name: `p-${randomUUID()}`,
    plugins: { loud: `${NAME}@*` },
    steps: [
      { id: 'shout', uses: 'loud.shout', with: { text: 'hello' }, retry: { max_attempts: 3, initial_delay: '1ms' } },
    ],
    ...more,
  };
  const pipeline = await fixtures.createPipeline(tenantId, definition, { resolvedPlugins: { loud: plugin } });
  const runId = await fixtures.startRun(pipeline);
  return { runId, ended: await fixtures.untilEnded(runId) };
};

const attemptsOf = async (runId: string) =>
  (await fixtures.events(runId)).filter(({ type }) => type === 'task_failed').length;

const usesOf = async (runId: string) =>
  (
    await fixtures.pool.query<{ name: string; version: string; integrity: string }>(
      'select plugin_name as name, version, integrity from plugin_uses where run_id = $1 order by 1, 2',
      [runId],
    )
  ).rows;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  registry = await startTarballServer();
  tenantId = await fixtures.createTenant('acme');
  [first, second] = [serve('1.0.0'), serve('2.0.0')];
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-admission-'));
  await installPlugin(fixtures.pool, { tenantId, plugin: first, grant: { net: [], secrets: [] } });
  await installPlugin(fixtures.pool, { tenantId, plugin: second, grant: { net: [], secrets: [] } });
  const config = readConfig({
    IA_WORKER_DATABASE_URL: database.urls.worker,
    IA_REGISTRY_URL: registry.url,
    IA_INTERNAL_TOKEN: TOKEN,
    IA_DATA_DIR: dataDir,
    IA_SECRET_KEY: randomBytes(32).toString('base64'),
  });
  worker = await startWorker(config, pino({ level: 'silent' }));
  await worker.leading;
});

afterAll(async () => {
  await worker?.stop();
  await registry?.close();
  await fixtures?.close();
  await database?.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  await fixtures.pool.query('update registry_keys set revoked_at = null');
  await sign(await signForTests(fixtures.pool, first));
});

const SIGNATURES: readonly [string, () => Promise<unknown>][] = [
  ['unsigned', () => sign([])],
  ['stripped', () => sign(null)],
  ['signed with a key of a stranger', () => sign([signVersion(first, readSigningKey(createSigningKeyPem()))])],
  ["signed with another version's signature", async () => sign(await signForTests(fixtures.pool, second))],
  [
    "signed with another package's signature",
    async () => sign(await signForTests(fixtures.pool, { ...first, name: '@community/other' })),
  ],
  ['signed with a revoked key', () => fixtures.pool.query('update registry_keys set revoked_at = now()')],
];

test.each(SIGNATURES)('what is %s neither loads nor runs in a process that is warm', async (_, spoil) => {
  expect((await shout()).ended.status).toBe('succeeded');
  await spoil();
  await expect.poll(async () => (await shout()).ended.error?.code, { timeout: 10_000 }).toBe('IA_PLUGIN_SIGNATURE');
  const { runId } = await shout();
  expect(await attemptsOf(runId)).toBe(1);
  expect(await usesOf(runId)).toEqual([]);
});

test('what is not signed is not even downloaded', async () => {
  const unsigned = serve('3.0.0');
  await installPlugin(fixtures.pool, { tenantId, plugin: unsigned, grant: { net: [], secrets: [] } });
  await sign([], '3.0.0');
  const { downloads } = registry;
  expect((await shout({}, unsigned)).ended.error?.code).toBe('IA_PLUGIN_SIGNATURE');
  expect(registry.downloads).toBe(downloads);
});

test('an advisory fails the next attempt for good, with what to do about it', async () => {
  const definition = {
    steps: [
      { id: 'wait', uses: 'core.wait', with: { signal: 'go' } },
      { id: 'shout', uses: 'loud.shout', with: { text: 'hello' }, retry: { max_attempts: 3, initial_delay: '1ms' } },
    ],
    flow: { transitions: [{ from: 'wait', to: 'shout' }] },
  };
  const whole = { name: `p-${randomUUID()}`, plugins: { loud: `${NAME}@*` }, ...definition };
  const pipeline = await fixtures.createPipeline(tenantId, whole, { resolvedPlugins: { loud: first } });
  const runId = await fixtures.startRun(pipeline);
  await expect.poll(async () => (await fixtures.readRun(runId)).status).toBe('waiting');
  const id = await warn(NAME, '1.0.0');
  await fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'go', payload: null } });
  const ended = await fixtures.untilEnded(runId);
  expect(ended).toMatchObject({
    status: 'failed',
    error: { code: 'IA_PLUGIN_ADVISORY', message: expect.stringContaining('high: It shouts too loud') },
  });
  const failed = (await fixtures.events(runId)).find(({ type }) => type === 'task_failed');
  expect(failed?.data).toMatchObject({ error: { hint: expect.stringContaining('>=9.0.0'), retryable: false } });
  expect(await attemptsOf(runId)).toBe(1);
  expect(await usesOf(runId)).toEqual([]);
  await withdraw(id);
});

test('nothing starts with what is blocked or kept out, and everything when it is not any more', async () => {
  const id = await warn(NAME, '1.0.0');
  await expect(shout()).rejects.toMatchObject({ code: 'IAP01', message: expect.stringContaining(`${NAME}@1.0.0`) });
  expect((await shout({}, second)).ended.status).toBe('succeeded');
  await withdraw(id);
  await fixtures.pool.query(
    `insert into plugin_rules (id, tenant_id, pattern, effect, created_by) values (gen_random_uuid(), $1, '@community/*', 'deny', 't')`,
    [tenantId],
  );
  await expect(shout()).rejects.toMatchObject({
    code: 'IAP01',
    detail: expect.stringContaining('IA_PLUGIN_NOT_ALLOWED'),
  });
  await fixtures.pool.query('delete from plugin_rules where tenant_id = $1', [tenantId]);
  expect((await shout()).ended.status).toBe('succeeded');
});

test('a plugin of the platform is named in the log, and stopped by rules and advisories like any other', async () => {
  const parse = { steps: [{ id: 'parse', uses: 'json.parse', with: { value: '{"a":1}' } }] };
  const { runId, ended } = await shout(parse);
  expect(ended.status).toBe('succeeded');
  const started = (await fixtures.events(runId)).find(({ type }) => type === 'task_started');
  const plugin = { name: HTTP, version: expect.any(String), integrity: expect.stringMatching(/^sha512-.{86}==$/) };
  expect(started?.data).toMatchObject({ plugin });
  const [use] = await usesOf(runId);
  expect(use).toMatchObject(plugin);
  await fixtures.pool.query(
    `insert into plugins (name, tenant_id, visibility, title, description, keywords, latest_version, updated_at)
     values ($1, $2, 'public', 'JSON', '', '{}', $3, now())`,
    [HTTP, tenantId, use?.version],
  );
  const id = await warn(HTTP, use?.version ?? '', null);
  await expect.poll(async () => (await shout(parse)).ended.error?.code).toBe('IA_PLUGIN_ADVISORY');
  await withdraw(id);
  await expect.poll(async () => (await shout(parse)).ended.status).toBe('succeeded');
  await fixtures.pool.query(
    `insert into plugin_rules (id, tenant_id, pattern, effect, created_by) values (gen_random_uuid(), $1, $2, 'deny', 't')`,
    [tenantId, HTTP],
  );
  await expect.poll(async () => (await shout(parse)).ended.error?.code).toBe('IA_PLUGIN_NOT_ALLOWED');
  await fixtures.pool.query('delete from plugin_rules where tenant_id = $1', [tenantId]);
});

test('a list of what is allowed keeps plugins of the platform out once it names one of them', async () => {
  const parse = { steps: [{ id: 'parse', uses: 'json.parse', with: { value: '{"a":1}' } }] };
  const allow = (pattern: string) =>
    fixtures.pool.query(
      `insert into plugin_rules (id, tenant_id, pattern, effect, created_by) values (gen_random_uuid(), $1, $2, 'allow', 't')`,
      [tenantId, pattern],
    );
  await allow('@community/*');
  await allow('@ia-modules/plugin-http');
  await expect.poll(async () => (await shout(parse)).ended.error?.code).toBe('IA_PLUGIN_NOT_ALLOWED');
  await fixtures.pool.query(`delete from plugin_rules where tenant_id = $1 and pattern like '@ia-modules/%'`, [
    tenantId,
  ]);
  await expect.poll(async () => (await shout(parse)).ended.status).toBe('succeeded');
  await fixtures.pool.query('delete from plugin_rules where tenant_id = $1', [tenantId]);
});

test('a run is on record once for each version, whatever calls it', async () => {
  const definition = {
    name: `p-${randomUUID()}`,
    plugins: { old: `${NAME}@^1.0.0`, new: `${NAME}@^2.0.0` },
    steps: [
      { id: 'many', uses: 'old.shout', for_each: { items: ['a', 'b', 'c', 'd'] }, with: { text: '{{ item }}' } },
      { id: 'one', uses: 'new.shout', with: { text: 'b' } },
    ],
    flow: { transitions: [{ from: 'many', to: 'one' }] },
    hooks: [{ uses: 'old.tell' }],
  };
  const resolvedPlugins = { old: first, new: second, [`${NAME}@^1.0.0`]: first, [`${NAME}@^2.0.0`]: second };
  const pipeline = await fixtures.createPipeline(tenantId, definition, { resolvedPlugins });
  const runId = await fixtures.startRun(pipeline);
  expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  expect(await usesOf(runId)).toEqual([first, second]);
});
