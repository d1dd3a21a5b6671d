import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, installPlugin, type TestDatabase } from '@ia-modules/database/testing';
import type { PluginReference } from '@ia-modules/engine';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { createSecretSealer, secretVersionOwner } from '@ia-modules/secrets';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startWorker, type Worker } from '../src/worker.ts';
import { KEEPER, serveKeeper } from './secret-plugin.ts';
import { startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const [current, old, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)];

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;
let registry: TarballServer;
let keeper: PluginReference;
let target: Server;
let targetUrl: string;
let dataDir: string;
let worker: Worker;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
  registry = await startTarballServer();
  keeper = serveKeeper(registry);
  target = createServer((request, response) => {
    const hash = createHash('sha256').update(String(request.headers['authorization'])).digest('hex');
    const answer = { hash, echo: request.headers['authorization'] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  targetUrl = `http://localhost:${(target.address() as AddressInfo).port}`;
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-secrets-'));
  const config = readConfig({
    IA_WORKER_DATABASE_URL: database.urls.worker,
    IA_REGISTRY_URL: registry.url,
    IA_INTERNAL_TOKEN: TOKEN,
    IA_DATA_DIR: dataDir,
    IA_SECRET_KEY: current.toString('base64'),
    IA_SECRET_KEYS_OLD: old.toString('base64'),
    IA_EGRESS_ALLOW: new URL(targetUrl).host,
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

/** Stores a version of a secret, as the API does. */
const setSecret = async (name: string, value: string, key = current, version = 1): Promise<string> => {
  const { rows } = await fixtures.pool.query<{ id: string }>(
    `insert into secrets (id, tenant_id, name, description, current_version, created_by)
     values ($1, $2, $3, '', $4, 'tester')
     on conflict (tenant_id, name) do update set current_version = excluded.current_version returning id`,
    [randomUUID(), tenantId, name, version],
  );
  const secretId = rows[0]?.id ?? '';
  const owner = secretVersionOwner({ tenantId, secretId, version });
  const { keyId, sealed } = createSecretSealer({ current: key, others: [] }).seal(value, owner);
  await fixtures.pool.query(
    `insert into secret_versions (tenant_id, secret_id, version, key_id, sealed, created_by) values ($1, $2, $3, $4, $5, 'tester')`,
    [tenantId, secretId, version, keyId, sealed],
  );
  return secretId;
};

const grant = (secrets: readonly string[]) =>
  installPlugin(fixtures.pool, { tenantId, plugin: keeper, grant: { net: [], secrets } });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const callPipeline = (name: string) => ({
  name: `call-${name}`,
  steps: [
    {
      id: 'call',
      uses: 'http.request',
      with: { url: targetUrl, headers: { authorization: `Bearer {{ secrets.${name} }}` } },
    },
  ],
  outputs: { hash: '{{ steps.call.output.body.hash }}', echo: '{{ steps.call.output.body.echo }}' },
});

const runOf = async (definition: { readonly name: string }, ofTenant = tenantId) => {
  const pipeline = await fixtures.createPipeline(ofTenant, definition, { resolvedPlugins: { keeper } });
  const runId = await fixtures.startRun(pipeline);
  return { ...(await fixtures.untilEnded(runId)), runId };
};

test('a step gets the secret that it names, and nobody else sees it', async () => {
  await setSecret('SHOP', 'shop-value-1');
  const { runId, ...run } = await runOf(callPipeline('SHOP'));
  expect(run).toMatchObject({
    status: 'succeeded',
    outputs: { hash: sha256('Bearer shop-value-1'), echo: 'Bearer ***' },
  });
  expect(JSON.stringify(await fixtures.events(runId))).not.toContain('shop-value-1');
});

test('a rotated secret reaches the next attempts within seconds', async () => {
  await setSecret('ROTATED', 'rotated-value-1');
  expect(await runOf(callPipeline('ROTATED'))).toMatchObject({ outputs: { hash: sha256('Bearer rotated-value-1') } });
  await setSecret('ROTATED', 'rotated-value-2', current, 2);
  await expect
    .poll(async () => (await runOf(callPipeline('ROTATED'))).outputs, { timeout: 10_000 })
    .toMatchObject({ hash: sha256('Bearer rotated-value-2') });
});

test('an old key opens what it sealed; without its key a secret fails the attempt, and the error says what is missing', async () => {
  await setSecret('AGED', 'aged-value', old);
  expect(await runOf(callPipeline('AGED'))).toMatchObject({ outputs: { hash: sha256('Bearer aged-value') } });
  await setSecret('LOCKED', 'locked-value', foreign);
  expect(await runOf(callPipeline('LOCKED'))).toMatchObject({
    status: 'failed',
    error: { code: 'IA_SECRET_KEY', hint: expect.stringContaining('IA_SECRET_KEYS_OLD') },
  });
});

test('a secret moved to another row does not open', async () => {
  await setSecret('SOURCE', 'source-value');
  await setSecret('THIEF', 'thief-value');
  await fixtures.pool.query(
    `update secret_versions set sealed = (select v.sealed from secret_versions v join secrets s on s.id = v.secret_id where s.name = 'SOURCE')
     where secret_id = (select id from secrets where name = 'THIEF')`,
  );
  expect(await runOf(callPipeline('THIEF'))).toMatchObject({ status: 'failed', error: { code: 'IA_SECRET_KEY' } });
});

test('a secret of another tenant is not there', async () => {
  await setSecret('SHARED_NAME', 'value-of-acme');
  expect(await runOf(callPipeline('SHARED_NAME'))).toMatchObject({ status: 'succeeded' });
  const stranger = await fixtures.createTenant('globex');
  expect(await runOf(callPipeline('SHARED_NAME'), stranger)).toMatchObject({
    status: 'failed',
    error: { code: 'IA_SECRET_UNKNOWN' },
  });
});

test('secrets are read while the database drops connections', async () => {
  await setSecret('STEADY', 'steady-value');
  const runs = [];
  for (let round = 0; round < 3; round += 1) {
    runs.push(runOf(callPipeline('STEADY')));
    await fixtures.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'ia-worker%'`,
    );
  }
  for (const run of await Promise.all(runs))
    expect(run).toMatchObject({ outputs: { hash: sha256('Bearer steady-value') } });
});

test('the use is noted, once a minute', async () => {
  const secretId = await setSecret('USED', 'used-value');
  const lastUsedAt = async (): Promise<Date | null> =>
    (await fixtures.pool.query('select last_used_at as at from secrets where id = $1', [secretId])).rows[0].at;
  expect(await lastUsedAt()).toBeNull();
  await runOf(callPipeline('USED'));
  const first = await lastUsedAt();
  expect(first).toBeInstanceOf(Date);
  await runOf(callPipeline('USED'));
  expect(await lastUsedAt()).toEqual(first);
});

test('a plugin gets what both its manifest and its grant name, and what it says of that is masked', async () => {
  await setSecret('KEY', 'key-of-the-plugin');
  await setSecret('OTHER', 'other-of-the-plugin');
  await grant(['KEY', 'ABSENT', 'UNASKED']);
  const definition = {
    name: 'keep',
    plugins: { keeper: `${KEEPER}@^1.0.0` },
    steps: [{ id: 'keep', uses: 'keeper.keep', with: { note: 'none' } }],
    outputs: { hashes: '{{ steps.keep.output.hashes }}', told: '{{ steps.keep.output.told }}' },
  };
  const { runId, ...run } = await runOf(definition);
  expect(run).toMatchObject({ status: 'succeeded', outputs: { hashes: { KEY: sha256('key-of-the-plugin') } } });
  expect(Object.keys((run.outputs as { hashes: object }).hashes)).toEqual(['KEY']);
  const lines = (await fixtures.pool.query('select lines::text from run_log_chunks where run_id = $1', [runId])).rows;
  const shown = JSON.stringify([run, await fixtures.events(runId), lines]);
  expect(shown).toContain('knows ***');
  expect(shown).toContain('The secret ABSENT is granted and not set.');
  expect(shown).not.toMatch(/key-of-the-plugin|a2V5LW9mLXRoZS1wbHVnaW/);
});

test('a plugin without a grant for secrets gets none', async () => {
  await grant([]);
  const definition = {
    name: 'bare',
    plugins: { keeper: `${KEEPER}@^1.0.0` },
    steps: [{ id: 'keep', uses: 'keeper.keep', with: {} }],
    outputs: { hashes: '{{ steps.keep.output.hashes }}' },
  };
  expect(await runOf(definition)).toMatchObject({ status: 'succeeded', outputs: { hashes: {} } });
});
