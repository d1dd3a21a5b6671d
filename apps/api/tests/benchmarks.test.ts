import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { type BenchmarkReport, summarize } from '@ia-modules/benchmark';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, type Data } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let tenant: SeededTenant;
let token: string;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(['METRICS_READ', 'BENCHMARKS_WRITE', 'TENANT_READ']);
  tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
});
afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const reportOf = (cases: Readonly<Record<string, number>>): BenchmarkReport => ({
  format: 1,
  measuredAt: '2026-01-31T09:00:00Z',
  machine: { cpu: 'test', cores: 2, memoryGb: 4, node: '26.0.0' },
  cases: Object.entries(cases).map(([name, middle]) => {
    const samples = [0.98, 0.99, 1, 1.01, 1.02, 1, 0.995].map((share) => share * middle);
    return { name, unit: 'ms', isLowerBetter: true, summary: summarize(samples), samples };
  }),
});

const UPLOAD = `mutation ($input: UploadBenchmarkInput!) { uploadBenchmark(input: $input) {
  kind: __typename
  ... on UploadBenchmarkSuccess { benchmarkReport { id name label createdAt } }
  ... on Error { code message }
  ... on ValidationFailed { diagnostics { path message } } } }`;

const upload = async (input: object, as = token): Promise<Data> => {
  const request = { tenantId, name: 'orders', label: 'v1', report: reportOf({ run: 100 }), ...input };
  return (await ask(api, as, UPLOAD, { input: request }))['uploadBenchmark'];
};
const idOf = async (input: object): Promise<string> => (await upload(input))['benchmarkReport'].id;

it('keeps reports by name, newest first', async () => {
  const [first, second] = [await idOf({ label: 'v1' }), await idOf({ label: 'v2' })];
  await idOf({ name: 'mail', label: 'v9' });
  const query = `{ tenant(slug: "acme") {
    benchmarks { nodes { name latest { id label } history(first: 1) { nodes { label } pageInfo { hasNextPage endCursor } } } }
    missing: benchmark(name: "none") { name } } }`;
  const { tenant: found } = await ask(api, token, query);
  expect(found.missing).toBeNull();
  expect(found.benchmarks.nodes).toMatchObject([
    { name: 'mail', latest: { label: 'v9' }, history: { pageInfo: { hasNextPage: false } } },
    {
      name: 'orders',
      latest: { id: second, label: 'v2' },
      history: { nodes: [{ label: 'v2' }], pageInfo: { hasNextPage: true } },
    },
  ]);
  const page = `query ($after: String) { tenant(slug: "acme") { benchmark(name: "orders") { history(after: $after) { nodes { id } } } } }`;
  const after = found.benchmarks.nodes[1].history.pageInfo.endCursor;
  expect((await ask(api, token, page, { after }))['tenant'].benchmark.history.nodes).toEqual([{ id: first }]);
  const { node } = await ask(
    api,
    token,
    'query ($id: ID!) { node(id: $id) { ... on BenchmarkReport { name report } } }',
    {
      id: first,
    },
  );
  expect(node).toEqual({ name: 'orders', report: reportOf({ run: 100 }) });
});

it('makes one report of a request that is sent again', async () => {
  const [first, second] = [await idOf({ idempotencyKey: 'build-7' }), await idOf({ idempotencyKey: 'build-7' })];
  expect(second).toBe(first);
  expect(await upload({ idempotencyKey: 'build-7', label: 'other' })).toMatchObject({ kind: 'Conflict' });
});

it('says all that is wrong with a report', async () => {
  const { kind, diagnostics } = await upload({ name: ' ', report: { ...reportOf({ run: 1 }), format: 2, cases: [] } });
  expect(kind).toBe('ValidationFailed');
  expect(diagnostics.map(({ path }: { path: string }) => path)).toEqual([
    '$.name',
    '$.report.format',
    '$.report.cases',
  ]);
  const many = reportOf({ run: 1 });
  const large = { ...many, machine: { ...many.machine, cpu: 'x'.repeat(300_000) } };
  expect((await upload({ report: large }))['diagnostics'][0].message).toContain('256 KiB');
});

it('compares two reports case by case', async () => {
  const baseId = await idOf({ report: reportOf({ slower: 100, faster: 100, same: 100, gone: 1 }) });
  const headId = await idOf({ report: reportOf({ slower: 130, faster: 70, same: 100.5, fresh: 1 }) });
  const query = `query ($baseId: ID!, $headId: ID!, $threshold: Float) {
    compareBenchmarks(baseId: $baseId, headId: $headId, threshold: $threshold) {
      base { id } head { id } threshold added removed cases { name ratio interval { low high } verdict } } }`;
  const { compareBenchmarks: compared } = await ask(api, token, query, { baseId, headId });
  expect(compared).toMatchObject({
    base: { id: baseId },
    head: { id: headId },
    threshold: 0.05,
    added: ['fresh'],
    removed: ['gone'],
    cases: [
      { name: 'slower', verdict: 'SLOWER' },
      { name: 'faster', verdict: 'FASTER' },
      { name: 'same', verdict: 'SAME' },
    ],
  });
  expect(compared.cases[0].ratio).toBeCloseTo(1.3, 1);
  const lenient = await ask(api, token, query, { baseId, headId, threshold: 0.5 });
  expect(lenient['compareBenchmarks'].cases[0]).toMatchObject({ verdict: 'SAME' });
});

it('lets those delete who may write, and only what is theirs', async () => {
  const id = await idOf({ name: 'short-lived' });
  const remove = `mutation ($id: ID!) { deleteBenchmark(input: { id: $id }) {
    kind: __typename ... on DeleteBenchmarkSuccess { deletedId } } }`;
  const deleteAs = async (as: string): Promise<Data> => (await ask(api, as, remove, { id }))['deleteBenchmark'];
  expect(await deleteAs(await tenant.apiToken(['METRICS_READ']))).toEqual({ kind: 'Forbidden' });
  const other = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  const theirs = await other.apiToken(['METRICS_READ', 'BENCHMARKS_WRITE']);
  expect(await deleteAs(theirs)).toEqual({ kind: 'NotFound' });
  expect(await upload({}, theirs)).toMatchObject({ kind: 'NotFound' });
  expect(await deleteAs(token)).toEqual({ kind: 'DeleteBenchmarkSuccess', deletedId: id });
  expect(await deleteAs(token)).toEqual({ kind: 'NotFound' });
});
