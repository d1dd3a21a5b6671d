import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, installPlugin, type TestDatabase } from '@ia-modules/database/testing';
import type { PluginReference } from '@ia-modules/engine';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startWorker, type Worker } from '../src/worker.ts';
import { buildTarball, pluginEntries, startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const NAME = '@community/shout';

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;
let otherTenantId: string;
let registry: TarballServer;
let reference: PluginReference;
let target: Server;
let targetUrl: string;
let dataDir: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  [tenantId, otherTenantId] = [await fixtures.createTenant('acme'), await fixtures.createTenant('globex')];
  registry = await startTarballServer();
  reference = registry.serve(NAME, '1.0.0', buildTarball(pluginEntries(NAME, '1.0.0')));
  target = createServer((request, response) => {
    if (request.url === '/broken') response.destroy();
    else response.setHeader('content-type', 'application/json').end('{"answer":42}');
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  targetUrl = `http://localhost:${(target.address() as AddressInfo).port}`;
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-worker-'));
  await installPlugin(fixtures.pool, { tenantId, plugin: reference, grant: { net: [], secrets: [] } });
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child, 'SIGTERM')));
});

afterAll(async () => {
  target.close();
  await registry.close();
  await fixtures.close();
  await database.drop();
  rmSync(dataDir, { recursive: true });
});

const environment = (): Record<string, string> => ({
  IA_WORKER_DATABASE_URL: database.urls.worker,
  IA_REGISTRY_URL: registry.url,
  IA_INTERNAL_TOKEN: TOKEN,
  IA_DATA_DIR: dataDir,
  IA_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  IA_EGRESS_ALLOW: new URL(targetUrl).host,
});

/** Starts the worker as the platform does, and waits until it says that it is ready. */
const startProcess = async (): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ['--conditions=ia-src', MAIN], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'], ...environment() },
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if ((message as { type?: unknown }).type === 'ready') resolve();
    });
    child.once('exit', () => reject(new Error('The worker ended before it was ready.')));
  });
  return child;
};

const exitOf = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', resolve))
    : Promise.resolve(child.exitCode);

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  const exited = exitOf(child);
  child.kill(signal);
  return exited;
};

const shoutPipeline = (text: string) => ({
  name: 'shout',
  plugins: { loud: `${NAME}@^1.0.0` },
  steps: [{ id: 'shout', uses: 'loud.shout', with: { text } }],
  outputs: { text: '{{ steps.shout.output.text }}' },
});

describe('a step', () => {
  let worker: Worker;

  beforeAll(async () => {
    const config = readConfig({ ...environment(), IA_METRICS_PORT: '0' });
    worker = await startWorker(config, pino({ level: 'silent' }));
    await worker.leading;
  });

  afterAll(() => worker.stop());

  test('built-in steps run in process, plugin steps in the sandbox, and the log names the tarball that ran', async () => {
    const pipeline = await fixtures.createPipeline(
      tenantId,
      {
        ...shoutPipeline('answer {{ steps.fetch.output.body.answer }}'),
        steps: [
          { id: 'fetch', uses: 'http.request', with: { url: targetUrl } },
          { id: 'shout', uses: 'loud.shout', with: { text: 'answer {{ steps.fetch.output.body.answer }}' } },
        ],
        flow: { transitions: [{ from: 'fetch', to: 'shout', condition: 'steps.fetch.output.status == 200' }] },
      },
      { resolvedPlugins: { loud: reference } },
    );
    const runId = await fixtures.startRun(pipeline);

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { text: 'ANSWER 42' } });
    const started = (await fixtures.events(runId)).filter((event) => event.type === 'task_started');
    expect(started.map((event) => event.data)).toMatchObject([{}, { plugin: reference }]);
  });

  test('a run goes through while the database drops its connections', async () => {
    const pipeline = await fixtures.createPipeline(tenantId, shoutPipeline('hello'), {
      resolvedPlugins: { loud: reference },
    });
    const runs: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      runs.push(await fixtures.startRun(pipeline));
      await fixtures.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'ia-worker%'`,
      );
    }
    for (const runId of runs) {
      expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { text: 'HELLO' } });
    }
  });

  test('a plugin that the tenant has not installed does not run, and the error says what to do', async () => {
    const pipeline = await fixtures.createPipeline(otherTenantId, shoutPipeline('hello'), {
      resolvedPlugins: { loud: reference },
    });
    const run = await fixtures.untilEnded(await fixtures.startRun(pipeline));
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'IA_PLUGIN_NOT_INSTALLED', hint: expect.any(String) },
    });
  });

  test('a plugin reaches no host that the tenant did not grant', async () => {
    const definition = { ...shoutPipeline(''), outputs: {} };
    const steps = [{ id: 'peek', uses: 'loud.peek', with: { url: targetUrl } }];
    const pipeline = await fixtures.createPipeline(
      tenantId,
      { ...definition, steps },
      {
        resolvedPlugins: { loud: reference },
      },
    );
    const run = await fixtures.untilEnded(await fixtures.startRun(pipeline));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'IA_PLUGIN_NET_DENIED' } });
  });

  test('what a plugin contributes is called around steps, each with an input of its kind', async () => {
    const pipeline = await fixtures.createPipeline(
      tenantId,
      {
        name: 'around',
        plugins: { loud: `${NAME}@^1.0.0` },
        steps: [
          {
            id: 'each',
            uses: 'loud.shout',
            for_each: { items: ['one', 'two'] },
            with: { text: '{{ item }}' },
            transform: [{ uses: 'loud.whisper', with: { end: '.' } }],
            validate: [{ uses: 'loud.is_quiet' }],
            compensate: { uses: 'loud.tell', with: { undone: '{{ steps.each.output.text }}' } },
          },
          { id: 'fail', uses: 'loud.fail' },
          { id: 'other', uses: 'core.noop' },
        ],
        flow: {
          transitions: [
            { from: 'each', to: 'fail', condition: { type: 'plugin', plugin: 'loud.has_ended_well' } },
            { from: 'each', to: 'other', default: true },
          ],
          on_failure: 'compensate',
        },
        hooks: [{ uses: 'loud.tell', with: { to: 'ops' } }],
      },
      { resolvedPlugins: { loud: reference } },
    );
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({
      status: 'failed',
      error: { message: 'broken on purpose' },
    });
    const events = await fixtures.events(runId);
    const outputsOf = (part: string) =>
      events.flatMap((event) => (event.type === 'task_succeeded' && event.part === part ? event.data.output : []));
    expect(outputsOf('transform/0')).toEqual(expect.arrayContaining([{ text: 'one.' }, { text: 'two.' }]));
    expect(outputsOf('validate/0')).toHaveLength(2);
    expect(outputsOf('condition/0')).toEqual([true]);
    expect(outputsOf('compensate')).toEqual(expect.arrayContaining([{ undone: 'one.' }, { undone: 'two.' }]));
    expect(outputsOf('hook/0/end')).toMatchObject([{ event: { type: 'run_failed' }, config: { to: 'ops' } }]);
  });

  test('a secret that is not set fails the step before the plugin is called', async () => {
    const pipeline = await fixtures.createPipeline(tenantId, shoutPipeline('{{ secrets.VOICE }}'), {
      resolvedPlugins: { loud: reference },
    });
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_SECRET_UNKNOWN' } });
    expect((await fixtures.events(runId)).filter(({ type }) => type === 'task_started')).toEqual([]);
  });

  test('a host that fails again and again is left alone for a while', async () => {
    const pipeline = await fixtures.createPipeline(otherTenantId, {
      name: 'patient',
      steps: [
        {
          id: 'call',
          uses: 'http.request',
          with: { url: `${targetUrl}/broken` },
          retry: { max_attempts: 6, initial_delay: '1ms', jitter: false, factor: 1 },
        },
      ],
    });
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_CIRCUIT_OPEN' } });
  });

  test('a step type that no worker has fails with its name', async () => {
    const pipeline = await fixtures.createPipeline(tenantId, {
      name: 'odd',
      steps: [{ id: 'odd', uses: 'odd.thing' }],
    });
    const run = await fixtures.untilEnded(await fixtures.startRun(pipeline));
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'IA_STEP_UNKNOWN', message: expect.stringContaining('odd.thing') },
    });
  });

  test('metrics of runs are served when a port is set', async () => {
    const noop = { name: 'counted', steps: [{ id: 'a', uses: 'core.noop' }] };
    await fixtures.untilEnded(await fixtures.startRun(await fixtures.createPipeline(tenantId, noop)));
    const text = await (await fetch(`http://127.0.0.1:${worker.metricsPort}/metrics`)).text();
    expect(text).toMatch(
      /pipeline_execution_duration_seconds_count\{pipeline="counted-[^"]+",status="succeeded"[^}]*\} 1/,
    );
  });
});

describe('the process', () => {
  test('SIGTERM and the end of the parent both end the worker cleanly', async () => {
    expect(await end(await startProcess(), 'SIGTERM')).toBe(0);
    const orphan = await startProcess();
    const exited = exitOf(orphan);
    orphan.disconnect();
    expect(await exited).toBe(0);
  });

  test('a wrong environment is said on one line, with exit code 2', async () => {
    const child = spawn(process.execPath, ['--conditions=ia-src', MAIN], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {},
    });
    children.push(child);
    const exited = exitOf(child);
    let text = '';
    for await (const chunk of child.stderr) text += String(chunk);
    expect(text).toMatch(/^IA_CONFIG_INVALID: .*IA_WORKER_DATABASE_URL/);
    expect(await exited).toBe(2);
  });
});
