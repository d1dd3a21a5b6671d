import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, installPlugin, type TestDatabase } from '@ia-modules/database/testing';
import type { PluginReference } from '@ia-modules/engine';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startWorker, type Worker } from '../src/worker.ts';
import { buildTarball, startTarballServer, type TarballServer, TOKEN } from './tarball-server.ts';

const TOP = '@community/top';
const BASE = '@community/base';

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;
let registry: TarballServer;
let dataDir: string;
let worker: Worker;

/** Tells its own version, its secrets, and what the plugin below says. */
const codeOf = (version: string): string => `
const tell = async (input, ctx) => ({ version: '${version}', secrets: Object.keys(ctx.secrets) });
const ask = async (input, ctx) => ({ version: '${version}', below: await ctx.plugins.call('${BASE}#tell', {}) });
export const plugin = { contributions: [{ kind: 'step', name: 'tell', run: tell }, { kind: 'step', name: 'ask', run: ask }] };
`;

const serve = (name: string, version: string, dependencies: Readonly<Record<string, string>>): PluginReference => {
  const steps = ['tell', 'ask'].map((step) => ({ name: step, title: step }));
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: { steps },
    permissions: { net: [`v${version}.example`] },
    dependencies,
  });
  const content = JSON.stringify({ name, version, type: 'module', iaModules: manifest });
  const entries = [
    { path: 'package/package.json', content },
    { path: 'package/dist/plugin.js', content: codeOf(version) },
  ];
  return registry.serve(name, version, buildTarball(entries));
};

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
  registry = await startTarballServer();
  dataDir = mkdtempSync(path.join(tmpdir(), 'ia-versions-'));
  worker = await startWorker(
    readConfig({
      IA_WORKER_DATABASE_URL: database.urls.worker,
      IA_REGISTRY_URL: registry.url,
      IA_INTERNAL_TOKEN: TOKEN,
      IA_DATA_DIR: dataDir,
      IA_SECRET_KEY: randomBytes(32).toString('base64'),
    }),
    pino({ level: 'silent' }),
  );
  await worker.leading;
});

afterAll(async () => {
  await worker?.stop();
  await registry?.close();
  await fixtures?.close();
  await database?.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('two versions of a plugin work in one run, each with the version below that it asks for', async () => {
  const top = [serve(TOP, '1.0.0', { [BASE]: '^1.0.0' }), serve(TOP, '2.0.0', { [BASE]: '^2.0.0' })] as const;
  const base = [serve(BASE, '1.0.0', {}), serve(BASE, '2.0.0', {})] as const;
  for (const plugin of [...top, ...base]) {
    await installPlugin(fixtures.pool, { tenantId, plugin, grant: { net: [], secrets: [], blobs: false } });
  }
  const definition = {
    name: `p-${randomUUID()}`,
    plugins: { old: `${TOP}@^1`, now: TOP },
    steps: [
      { id: 'a', uses: 'old.ask' },
      { id: 'b', uses: 'now.ask' },
    ],
    outputs: { old: '{{ steps.a.output }}', now: '{{ steps.b.output }}' },
  };
  const resolvedPlugins = { old: top[0], now: top[1], [`${BASE}@^1.0.0`]: base[0], [`${BASE}@^2.0.0`]: base[1] };
  const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, definition, { resolvedPlugins }));
  expect(await fixtures.untilEnded(runId)).toMatchObject({
    status: 'succeeded',
    outputs: {
      old: { version: '1.0.0', below: { version: '1.0.0' } },
      now: { version: '2.0.0', below: { version: '2.0.0' } },
    },
  });
  // Both are ready at once: either may be the first to start.
  const started = (await fixtures.events(runId)).flatMap((event) =>
    event.type === 'task_started' ? [[event.stepId, event.data.plugin]] : [],
  );
  expect(Object.fromEntries(started)).toMatchObject({ a: top[0], b: top[1] });
});
