/**
 * Measures queries of the API with sign-in, limits, cost and tracing on: the server on one core, PostgreSQL and the load on the
 * others. A bare GraphQL server on the same library in the same run is what its own work is compared with.
 * `--quick` tries everything with small counts; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- api [--quick] [--write]
 */
import path from 'node:path';
import { formatTable } from '@ia-modules/benchmark';
import { migrate, provisionRoles } from '@ia-modules/database';
import { type Dataset, fillTenant } from './api/dataset.ts';
import { type Cost, createSender, measureOperation, type Operation, type Target } from './api/graphql-load.ts';
import { startPinnedApi } from './api/pinned-api.ts';
import { leaveServerCore, startPinned } from './api/pinned-process.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

type Scale = { readonly runs: number; readonly requests: number; readonly heavyRequests: number };

const FULL: Scale = { runs: 1_000_000, requests: 5_000, heavyRequests: 300 };
const QUICK: Scale = { runs: 20_000, requests: 300, heavyRequests: 30 };

const BARE = path.resolve(import.meta.dirname, 'api/bare-yoga.ts');

const VIEWER: Operation = { query: '{ viewer { principalKind } }' };

const nested = (slug: string): Operation => ({
  query: `query ($slug: String!) { tenant(slug: $slug) { name pipelines(first: 50) { nodes {
    id name version createdAt runs(first: 10) { nodes { id status createdAt finishedAt costUsd } } } } } }`,
  variables: { slug },
});

const runsPage = (slug: string, after: string | null): Operation => ({
  query: `query ($slug: String!, $after: String) { tenant(slug: $slug) { runs(first: 100, after: $after) {
    nodes { id status createdAt startedAt finishedAt costUsd } pageInfo { endCursor hasNextPage } } } }`,
  variables: { slug, after },
});

type RunsAnswer = {
  readonly tenant: {
    readonly runs: { readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean } };
  };
};

/** Goes through pages until so many runs lie before the cursor. */
const cursorAt = async (target: Target, slug: string, depth: number): Promise<string | null> => {
  using sender = createSender(target, 1);
  let after: string | null = null;
  for (let seen = 0; seen < depth; seen += 100) {
    const { data } = await sender.send(runsPage(slug, after));
    after = (data as RunsAnswer).tenant.runs.pageInfo.endCursor;
  }
  return after;
};

const describe = (rows: readonly (readonly [name: string, cost: Cost])[]): string =>
  formatTable(
    ['query', 'server CPU ms', 'p50 ms', 'p95 ms', 'requests/s'],
    rows.map(([name, { cpuMs, wallMs, perSecond }]) => [name, cpuMs, wallMs.median, wallMs.p95, perSecond]),
  );

const measureAll = async (server: BenchServer, scale: Scale): Promise<string> => {
  await migrate(server.adminUrl);
  const urls = await provisionRoles(server.adminUrl);
  const databaseUrls = { adminUrl: server.adminUrl, appUrl: urls.app };
  const small = await fillTenant(databaseUrls, { slug: 'small', pipelines: 50, runsEach: 40 });
  const large = await fillTenant(databaseUrls, { slug: 'large', pipelines: 100, runsEach: scale.runs / 100 });
  const light = { requests: scale.requests, atOnce: 4, warmUp: scale.requests };
  const heavy = { requests: scale.heavyRequests, atOnce: 1, warmUp: 100 };

  const bare = await (async () => {
    await using yoga = await startPinned(BARE);
    return await measureOperation({ url: yoga.url, pid: yoga.pid }, VIEWER, light);
  })();
  await using api = await startPinnedApi(server, urls);
  const as = ({ token }: Dataset): Target => ({ url: api.url, pid: api.pid, token });
  const viewer = await measureOperation(as(small), VIEWER, light);
  const nestedCost = await measureOperation(as(small), nested('small'), heavy);
  const pages: [string, Cost][] = [];
  for (const depth of [0, scale.runs / 100, scale.runs / 10]) {
    const after = await cursorAt(as(large), 'large', depth);
    pages.push([
      `100 of ${scale.runs} runs, ${depth} before them`,
      await measureOperation(as(large), runsPage('large', after), heavy),
    ]);
  }
  return describe([
    ['viewer, bare GraphQL server', bare],
    ['viewer', viewer],
    ['50 pipelines with 10 runs each', nestedCost],
    ...pages,
  ]);
};

const measure = async (scale: Scale): Promise<string> => {
  const interrupted = untilInterrupted();
  leaveServerCore();
  await using server = await startServer();
  return await Promise.race([measureAll(server, scale), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const figures = await measure(isQuick ? QUICK : FULL);
const text = [
  '## Queries of the API',
  `${describeMachine()} \`npm run bench -- api\` measures again.${isQuick ? ' Small counts, to try it out.' : ''} ` +
    'The server has one core, PostgreSQL and the load the others; sign-in by an API token, limits, cost and request log are on.',
  figures,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (options.has('--write') && !isQuick) writeSection('api', text);
process.exit(0);
