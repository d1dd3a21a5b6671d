import { randomUUID } from 'node:crypto';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { withTenantClient } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client, Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMetricQuery } from '../src/metrics/metric-query.ts';
import { readMetricCells } from '../src/metrics/metric-rows.ts';
import { readQueue } from '../src/metrics/queue-rows.ts';
import { ask, type Data, send } from './graphql-client.ts';
import { openSocket } from './socket-client.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The beginning of an hour that is over and of which minutes are kept. */
const HOUR = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let tenant: SeededTenant;
let token: string;
const pipelines: Record<string, { readonly id: string; readonly versionId: string; readonly globalId: string }> = {};

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(['METRICS_READ', 'PIPELINES_READ', 'TENANT_READ']);
  for (const name of ['orders', 'mail', 'sums']) await addPipeline(name);
});
afterAll(async () => {
  await admin?.end();
  await api?.close();
  await database?.drop();
});

const addPipeline = async (name: string): Promise<void> => {
  const id = randomUUID();
  await admin.query(
    `insert into pipelines (id, tenant_id, name, revision, created_by) values ($1, $2, $3, 1, 'tester')`,
    [id, tenant.tenantId, name],
  );
  const versionId = randomUUID();
  await admin.query(
    `insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins, content_hash,
      created_by) values ($1, $2, $3, 1, '1.0.0', '{"steps": []}', '{}', 'h', 'tester')`,
    [versionId, tenant.tenantId, id],
  );
  const globalId = Buffer.from(`Pipeline:${tenant.tenantId}:${id}`).toString('base64url');
  pipelines[name] = { id, versionId, globalId };
};

type Added = {
  readonly pipeline?: string;
  readonly at?: number;
  readonly status?: string;
  readonly stepId?: string;
  readonly uses?: string;
  readonly count?: number;
  readonly costUsd?: number;
  /** Each count of the histogram, by bucket. */
  readonly histogram?: Readonly<Record<string, number>>;
};

const ADD = `insert into metric_rollups as m
  (tenant_id, at, seconds, pipeline_id, step_id, uses, status, count, retries, duration_ms, cost_usd, histogram)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11)
  on conflict (tenant_id, at, seconds, pipeline_id, step_id, uses, status) do update set count = m.count + excluded.count`;

/** In the minute and in the hour, as the worker does. */
const add = async (added: Added): Promise<void> => {
  const {
    pipeline = 'orders',
    at = HOUR,
    status = 'succeeded',
    stepId = '',
    uses = '',
    count = 1,
    costUsd = 0,
  } = added;
  const { histogram = { 95: count } } = added;
  for (const seconds of [60, 3_600]) {
    const from = new Date(Math.floor(at / (seconds * 1_000)) * seconds * 1_000);
    await admin.query(ADD, [
      tenant.tenantId,
      from,
      seconds,
      pipelines[pipeline]?.id,
      stepId,
      uses,
      status,
      count,
      count * 100,
      costUsd,
      histogram,
    ]);
  }
};

const range = { from: new Date(HOUR).toISOString(), to: new Date(HOUR + HOUR_MS).toISOString() };

const POINT =
  'at count succeeded failed canceled retries errorRate costUsd throughputPerSecond durationMs { avg p50 p90 p95 p99 max }';
const METRICS = `query ($of: MetricSubject, $from: DateTime, $to: DateTime, $step: String, $groupBy: [MetricDimension!],
    $pipelineId: ID, $stepId: String, $status: [MetricStatus!], $topN: Int, $fill: Boolean) {
  tenant(slug: "acme") {
    metrics(of: $of, from: $from, to: $to, step: $step, groupBy: $groupBy, pipelineId: $pipelineId, stepId: $stepId,
      status: $status, topN: $topN, fill: $fill) {
      labels { pipeline { name } pipelineId status stepId uses isOther }
      points { ${POINT} }
    } } }`;

const read = async (variables: object): Promise<Data[]> =>
  (await ask(api, token, METRICS, { ...range, ...variables }))['tenant'].metrics;

const refuse = async (variables: object): Promise<string | undefined> => {
  const { errors } = await send(api, { token, query: METRICS, variables });
  return errors?.[0]?.message;
};

it('reads points of one range, by step of time', async () => {
  await add({ count: 3, costUsd: 0.5 });
  await add({ status: 'failed', histogram: { 200: 1 } });
  await add({ status: 'canceled', at: HOUR + 7 * MINUTE_MS });
  await add({ at: HOUR - HOUR_MS });
  const [series, ...others] = await read({ step: '5m' });
  expect(others).toEqual([]);
  expect(series?.['labels']).toEqual({
    pipeline: null,
    pipelineId: null,
    status: null,
    stepId: null,
    uses: null,
    isOther: false,
  });
  expect(series?.['points']).toEqual([
    {
      at: new Date(HOUR).toISOString(),
      count: 4,
      succeeded: 3,
      failed: 1,
      canceled: 0,
      retries: 2,
      errorRate: 0.25,
      costUsd: 0.5,
      throughputPerSecond: 4 / 300,
      durationMs: {
        avg: 100,
        p50: expect.closeTo(1.05 ** 94.5, 6),
        p90: expect.closeTo(1.05 ** 199.5, 6),
        p95: expect.closeTo(1.05 ** 199.5, 6),
        p99: expect.closeTo(1.05 ** 199.5, 6),
        max: expect.closeTo(1.05 ** 199.5, 6),
      },
    },
    expect.objectContaining({
      at: new Date(HOUR + 5 * MINUTE_MS).toISOString(),
      count: 1,
      canceled: 1,
      errorRate: null,
    }),
  ]);
});

it('hours say the same as minutes, and empty points are there on request', async () => {
  const [byHour] = await read({ step: '1h' });
  const [byMinute] = await read({ step: '60m' });
  expect(byHour).toEqual(byMinute);
  const [filled] = await read({ step: '10m', fill: true });
  expect(filled?.['points'].map(({ count }: { count: number }) => count)).toEqual([5, 0, 0, 0, 0, 0]);
  expect(filled?.['points'][3]).toMatchObject({ durationMs: null, errorRate: null, throughputPerSecond: 0 });
});

it('groups by pipeline and status, the largest first, the rest together', async () => {
  await add({ pipeline: 'mail', count: 9 });
  await add({ pipeline: 'sums', count: 2 });
  const byPipeline = await read({ step: '1h', groupBy: ['PIPELINE'], topN: 1 });
  expect(byPipeline.map(({ labels, points }) => [labels.pipeline?.name, labels.isOther, points[0].count])).toEqual([
    ['mail', false, 9],
    [undefined, true, 7],
  ]);
  const byBoth = await read({ step: '1h', groupBy: ['PIPELINE', 'STATUS'], status: ['failed', 'canceled'] });
  expect(byBoth.map(({ labels }) => [labels.pipeline.name, labels.status])).toEqual([
    ['orders', 'canceled'],
    ['orders', 'failed'],
  ]);
  const [one] = await read({ step: '1h', pipelineId: pipelines['sums']?.globalId });
  expect(one?.['points']).toMatchObject([{ count: 2 }]);
  const query = `query ($id: ID!, $from: DateTime, $to: DateTime) { node(id: $id) { ... on Pipeline {
    metrics(from: $from, to: $to, step: "1h") { points { count } } } } }`;
  const { node } = await ask(api, token, query, { ...range, id: pipelines['mail']?.globalId });
  expect(node.metrics).toEqual([{ points: [{ count: 9 }] }]);
});

it('steps are counted apart from runs', async () => {
  await add({ stepId: 'charge', uses: '@acme/pay#charge', count: 5 });
  await add({ stepId: 'wait', uses: 'core.wait', count: 4 });
  expect((await read({ step: '1h' }))[0]?.['points']).toMatchObject([{ count: 16 }]);
  const bySteps = await read({ of: 'STEPS', step: '1h', groupBy: ['STEP', 'USES'] });
  expect(bySteps.map(({ labels, points }) => [labels.stepId, labels.uses, points[0].count])).toEqual([
    ['charge', '@acme/pay#charge', 5],
    ['wait', 'core.wait', 4],
  ]);
  const [waits] = await read({ of: 'STEPS', step: '1h', stepId: 'wait' });
  expect(waits?.['points']).toMatchObject([{ count: 4 }]);
});

it('says which ranges and steps there are no figures for', async () => {
  expect(await refuse({ ...range, step: '30s' })).toContain('whole minutes');
  expect(await refuse({ ...range, step: 'soon' })).toContain('whole minutes');
  expect(await refuse({ from: range.to, to: range.from })).toContain('`from` must lie before `to`');
  expect(await refuse({ ...range, groupBy: ['STEP'] })).toContain('are of steps');
  expect(await refuse({ ...range, topN: 51 })).toContain('between 1 and 50');
  const daysAgo = (days: number): string => new Date(Date.now() - days * 24 * HOUR_MS).toISOString();
  expect(await refuse({ from: daysAgo(401) })).toContain('400 days');
  expect(await refuse({ from: daysAgo(8), step: '5m' })).toContain('by the hour');
  expect(await refuse({ from: daysAgo(6), step: '1m' })).toContain('at most 1500 points');
  expect(await refuse({ from: daysAgo(1), step: '1m', groupBy: ['STATUS'] })).toContain('15000 in all');
  expect(await refuse({ from: daysAgo(399) })).toBeUndefined();
});

it('another tenant has nothing of it, and who may not read metrics gets none', async () => {
  const other = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  const theirs = await other.apiToken(['METRICS_READ', 'TENANT_READ']);
  const query = `query ($from: DateTime, $to: DateTime, $pipelineId: ID) { tenant(slug: "globex") {
    metrics(from: $from, to: $to, step: "1h", pipelineId: $pipelineId) { points { count } } } }`;
  for (const pipelineId of [null, pipelines['mail']?.globalId]) {
    const { tenant: globex } = await ask(api, theirs, query, { ...range, pipelineId });
    expect(globex.metrics).toEqual([{ points: [] }]);
  }
  const { errors } = await send(api, {
    token: await tenant.apiToken(['TENANT_READ']),
    query: METRICS,
    variables: range,
  });
  expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_FORBIDDEN');
});

const QUEUE = '{ tenant(slug: "acme") { queue { pending running waiting oldestPendingAt } } }';

const addRuns = async (status: string, count: number, createdAt: Date): Promise<void> => {
  await admin.query(
    `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, status, parameters, trigger, seed, created_by, created_at)
      select gen_random_uuid(), $1, $2, $3, $4, '{}', '{}', 1, 'tester', $5::timestamptz + make_interval(secs => n)
      from generate_series(0, $6::int - 1) n`,
    [tenant.tenantId, pipelines['orders']?.id, pipelines['orders']?.versionId, status, createdAt, count],
  );
};

it('says what is open now', async () => {
  expect((await ask(api, token, QUEUE))['tenant'].queue).toMatchObject({ pending: 0, oldestPendingAt: null });
  const since = new Date(HOUR);
  await addRuns('pending', 3, since);
  await addRuns('waiting', 2, since);
  await addRuns('succeeded', 4, since);
  expect((await ask(api, token, QUEUE))['tenant'].queue).toEqual({
    pending: 3,
    running: 0,
    waiting: 2,
    oldestPendingAt: since.toISOString(),
  });
});

it('pushes the figures of a minute, and again when they have changed', async () => {
  const socket = openSocket(api, token);
  const after = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 5 * MINUTE_MS;
  await add({ at: after - MINUTE_MS, count: 100 });
  await add({ at: after, count: 2 });
  const query = `subscription ($tenantId: ID!, $after: DateTime) { metrics(tenantId: $tenantId, after: $after) {
    at series { labels { isOther } points { count } } } }`;
  const tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
  const feed = socket.subscribe(query, { tenantId, after: new Date(after).toISOString() });
  const counts = (): unknown[] =>
    feed.data
      .map((data) => (data as Data)['metrics'])
      .map(({ at, series }) => [Date.parse(at) - after, series[0].points[0].count]);
  await expect.poll(counts, { timeout: 10_000 }).toEqual([[0, 2]]);
  await add({ at: after, count: 3 });
  await expect.poll(counts, { timeout: 10_000 }).toEqual([
    [0, 2],
    [0, 5],
  ]);
  await add({ at: after + MINUTE_MS, count: 1 });
  await expect.poll(counts, { timeout: 10_000 }).toHaveLength(3);
  expect(counts()[2]).toEqual([MINUTE_MS, 1]);
  expect(feed.errors).toEqual([]);
  const old = socket.subscribe(query, { tenantId, after: new Date(after - 3 * HOUR_MS).toISOString() });
  await old.done;
  expect(old.errors[0]?.message).toContain('120 minutes');
  await socket.close();
});

it('finds what it reads by an index, among many rows', async () => {
  await admin.query(
    `insert into metric_rollups select $1, '2026-01-01Z'::timestamptz + make_interval(mins => m), s.seconds, gen_random_uuid(),
       case when m % 10 = 0 then '' else 'step' end, 'u', 'succeeded', 1, 0, 1, 0, '{"1": 1}'
     from generate_series(1, 20000) m, (values (60), (3600)) s (seconds)`,
    [tenant.tenantId],
  );
  await addRuns('succeeded', 4_000, new Date(HOUR));
  await admin.query('analyze metric_rollups, runs');
  const pool = new Pool({ connectionString: database.urls.app, max: 1 });
  const plans: string[] = [];
  const explaining = (client: PoolClient): PoolClient =>
    ({
      query: async (text: string, values: unknown[]) => {
        const { rows } = await client.query<Record<string, string>>(`explain ${text}`, values);
        plans.push(rows.map((row) => Object.values(row)[0]).join('\n'));
        return { rows: [] };
      },
    }) as unknown as PoolClient;
  const { tenantId } = tenant;
  const hour = { from: new Date(HOUR), to: new Date(HOUR + HOUR_MS) };
  const asked = [
    { tenantId, ...hour },
    { tenantId, ...hour, of: 'steps', groupBy: ['step', 'uses'] },
    { tenantId, ...hour, of: 'steps', pipelineId: randomUUID() },
  ] as const;
  await withTenantClient(pool, tenantId, async (client) => {
    for (const args of asked) await readMetricCells(explaining(client), parseMetricQuery(args, Date.now()));
    await readQueue(explaining(client), tenantId);
  });
  await pool.end();
  expect(plans).toHaveLength(4);
  for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (metric_rollups|runs)/);
});
