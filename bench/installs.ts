/**
 * Measures how long it takes from consent to the first call: `installPlugin` of versions that the registry has published, and the first
 * step of a plugin in a tenant on a worker that has the tarball. Beside them the least that either could take: a small change with an
 * audit entry, and a step without a plugin. `--quick` tries it with small counts; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- installs [--quick] [--write]
 */
import { formatTable, summarize } from '@ia-modules/benchmark';
import { migrate, provisionRoles, TOKEN_SCOPES } from '@ia-modules/database';
import { installPlugin, publishPlugin, seedTenant } from '@ia-modules/database/testing';
import { createRunFixtures } from '@ia-modules/runtime-postgres/testing';
import { startPinnedApi } from './api/pinned-api.ts';
import { cacheTarball } from './installs/cached-tarball.ts';
import { startPluginWorker } from './installs/plugin-worker.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

type Scale = { readonly installs: number; readonly firstCalls: number };

const FULL: Scale = { installs: 300, firstCalls: 60 };
const QUICK: Scale = { installs: 20, firstCalls: 6 };
const WARM_UP = 20;

const INSTALL = `mutation ($tenantId: ID!, $name: String!) { result: installPlugin(input: {tenantId: $tenantId, name: $name,
  grant: {net: ["api.example.com"]}}) { kind: __typename } }`;
const SMALL_CHANGE = `mutation ($tenantId: ID!, $days: Int!) { result: updateTenantRetention(input: {tenantId: $tenantId,
  retentionDays: $days, archivesLogs: false}) { kind: __typename } }`;

type Row = readonly [what: string, times: readonly number[]];

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

const measureInstalls = async (server: BenchServer, count: number): Promise<readonly Row[]> => {
  const urls = await provisionRoles(server.adminUrl);
  const database = { adminUrl: server.adminUrl, urls, drop: async () => undefined };
  const publisher = await seedTenant(database, { slug: 'bench-publisher', name: 'Publisher' });
  const names = Array.from({ length: count + WARM_UP }, (_, index) => `@community/bench-${index}`);
  const permissions = { net: ['api.example.com'] };
  for (const name of names) {
    await publishPlugin(database, { ...publisher, name, version: '1.0.0', visibility: 'public', permissions });
  }
  await server.analyze();
  const tenant = await seedTenant(database, { slug: 'bench-tenant', name: 'Tenant' });
  const token = await tenant.apiToken(TOKEN_SCOPES);
  await using api = await startPinnedApi(server, urls);
  const ask = async (query: string, variables: object): Promise<string> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { readonly data?: { readonly result?: { readonly kind: string } } };
    if (answer.data?.result?.kind.endsWith('Success') !== true) throw new Error(JSON.stringify(answer));
    return answer.data.result.kind;
  };
  const tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
  const installs: number[] = [];
  const changes: number[] = [];
  for (const [index, name] of names.entries()) {
    const install = await timed(() => ask(INSTALL, { tenantId, name }));
    const change = await timed(() => ask(SMALL_CHANGE, { tenantId, days: 1 + (index % 900) }));
    if (index < WARM_UP) continue;
    installs.push(install);
    changes.push(change);
  }
  return [
    ['installPlugin', installs],
    ['a small change with an audit entry', changes],
  ];
};

/** In a tenant of its own each: no process of the plugin is there yet. */
const measureFirstCalls = async (server: BenchServer, count: number): Promise<readonly Row[]> => {
  const urls = await provisionRoles(server.adminUrl);
  const plugin = await cacheTarball(server.directory);
  const fixtures = createRunFixtures(server.adminUrl);
  await using worker = await startPluginWorker({ databaseUrl: urls.worker, directory: server.directory });
  const first: number[] = [];
  const plain: number[] = [];
  for (let index = 0; index < count + 2; index++) {
    const tenantId = await fixtures.createTenant(`first-${index}`);
    await installPlugin(fixtures.pool, { tenantId, plugin, grant: { net: [], secrets: [], blobs: false } });
    const definition = { name: 'first', plugins: { bench: plugin.name }, steps: [{ id: 'a', uses: 'bench.echo' }] };
    const using = await fixtures.createPipeline(tenantId, definition, { resolvedPlugins: { bench: plugin } });
    const without = await fixtures.createPipeline(tenantId, { name: 'none', steps: [{ id: 'a', uses: 'core.noop' }] });
    const run = async (pipeline: typeof using): Promise<void> => {
      const ended = await fixtures.untilEnded(await fixtures.startRun(pipeline));
      if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended.error));
    };
    const none = await timed(() => run(without));
    const call = await timed(() => run(using));
    // The worker itself has to come up first.
    if (index < 2) continue;
    plain.push(none);
    first.push(call);
  }
  await worker.stop();
  await fixtures.close();
  return [
    ['run with the first call of a plugin in a tenant', first],
    ['run with a step of the platform', plain],
  ];
};

const describe = (rows: readonly Row[]): string =>
  formatTable(
    ['what', 'count', 'p50 ms', 'p95 ms', 'p99 ms'],
    rows.map(([what, times]) => {
      const { median, p95, p99 } = summarize([...times]);
      return [what, times.length, median.toFixed(1), p95.toFixed(1), p99.toFixed(1)];
    }),
  );

const measureAll = async (server: BenchServer, scale: Scale): Promise<string> => {
  await migrate(server.adminUrl);
  const installs = await measureInstalls(server, scale.installs);
  return describe([...installs, ...(await measureFirstCalls(server, scale.firstCalls))]);
};

const measure = async (scale: Scale): Promise<string> => {
  const interrupted = untilInterrupted();
  await using server = await startServer();
  return await Promise.race([measureAll(server, scale), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const figures = await measure(isQuick ? QUICK : FULL);
const text = [
  '## Installing a plugin',
  `${describeMachine()} \`npm run bench -- installs\` measures again.${isQuick ? ' Small counts, to try it out.' : ''} ` +
    'One after the other, over HTTP; each first call is in a tenant of its own, and the tarball lies unpacked on the disk of the worker.',
  figures,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (options.has('--write') && !isQuick) writeSection('installs', text);
process.exit(0);
