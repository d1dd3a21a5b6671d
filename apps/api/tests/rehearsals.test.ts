import { randomUUID } from 'node:crypto';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import {
  createTestDatabase,
  installPlugin,
  integrityOf,
  publishPlugin,
  type SeededTenant,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, type Data } from './graphql-client.ts';

const NAME = '@community/readability';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let acme: SeededTenant;
let token: string;

const globalId = (type: string, ...parts: readonly string[]): string =>
  Buffer.from([type, ...parts].join(':')).toString('base64url');

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const publisher = await seedTenant(database, { slug: 'publisher', name: 'Publisher' });
  for (const version of ['1.0.0', '2.0.0', '2.1.0']) {
    await publishPlugin(database, { tenantId: publisher.tenantId, name: NAME, version, visibility: 'public' });
  }
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['RUNS_READ', 'PIPELINES_WRITE', 'PIPELINES_READ', 'TENANT_READ', 'PLUGINS_READ']);
  await installIn(acme);
});

afterAll(async () => {
  await api?.close();
  await admin?.end();
  await database?.drop();
});

const installIn = ({ tenantId }: SeededTenant): Promise<void> =>
  installPlugin(admin, {
    tenantId,
    plugin: { name: NAME, version: '1.0.0', integrity: integrityOf('1.0.0') },
    grant: { net: [], secrets: [], blobs: false },
  });

const REHEARSE = `mutation ($input: RehearseUpgradeInput!) { rehearseUpgrade(input: $input) {
  kind: __typename
  ... on RehearseUpgradeSuccess { rehearsal { id status toVersion maxSamples progress sampleCount counts { same } } }
  ... on Error { code message } ... on ValidationFailed { diagnostics { path } } } }`;

const rehearse = async (input: object, { as = token, tenant = acme } = {}): Promise<Data> => {
  const request = { tenantId: globalId('Tenant', tenant.tenantId), name: NAME, toVersion: '2.0.0', ...input };
  return (await ask(api, as, REHEARSE, { input: request }))['rehearseUpgrade'];
};

const CANCEL = `mutation ($id: ID!) { cancelRehearsal(input: { id: $id }) {
  kind: __typename ... on CancelRehearsalSuccess { rehearsal { status } } ... on Error { code } } }`;

const cancel = async (id: string, as = token): Promise<Data> => (await ask(api, as, CANCEL, { id }))['cancelRehearsal'];

const rowIdOf = (id: string): string => Buffer.from(id, 'base64url').toString().split(':')[2] ?? '';

const sample = (rehearsalId: string, position: number, more: object): Promise<unknown> => {
  const values = {
    tenant_id: acme.tenantId,
    rehearsal_id: rehearsalId,
    position,
    run_id: randomUUID(),
    step_id: 'read',
    attempt: 1,
    kind: 'step',
    contribution: 'analyze',
    from_version: '1.0.0',
    from_integrity: integrityOf('1.0.0'),
    scheduled_seq: 2,
    started_seq: 3,
    ended_seq: 4,
    ...more,
  };
  const columns = Object.keys(values);
  const places = columns.map((_, place) => `$${place + 1}`).join(', ');
  const row = Object.values(values).map((value: unknown) =>
    typeof value === 'object' ? JSON.stringify(value) : value,
  );
  const names = columns.map((name) => `"${name}"`).join(', ');
  return admin.query(`insert into rehearsal_samples (${names}) values (${places})`, row);
};

it('a rehearsal is asked for, followed and read, with what each sample showed', async () => {
  const asked = await rehearse({ toVersion: '^2.0.0', samples: 3, stepId: 'read' });
  expect(asked).toMatchObject({
    kind: 'RehearseUpgradeSuccess',
    rehearsal: {
      status: 'pending',
      toVersion: '2.1.0',
      maxSamples: 3,
      progress: 0,
      sampleCount: null,
      counts: { same: 0 },
    },
  });
  const id = rowIdOf(asked['rehearsal'].id);
  await admin.query(`update rehearsals set status = 'running', sample_count = 3, started_at = now() where id = $1`, [
    id,
  ]);
  await sample(id, 0, {
    verdict: 'same',
    input: { text: 'a' },
    recorded: { output: 1 },
    before: { output: 1 },
    after: { output: 1 },
  });
  const differences = [{ path: '/words', kind: 'changed', before: 1, after: 2 }];
  await sample(id, 1, { verdict: 'different', reason: 'why', input: { text: 'b' }, differences, difference_count: 1 });
  await sample(id, 2, {});
  const query = `query ($id: ID!, $after: String) { node(id: $id) { ... on Rehearsal {
    status progress fromVersions counts { same different notComparable }
    samples(first: 1, after: $after, verdicts: [SAME, DIFFERENT]) {
      nodes { stepId contribution verdict reason input recorded { output error { code } } run { id } differenceCount
        differences { path kind before after } }
      pageInfo { hasNextPage endCursor } } } } }`;
  const first = (await ask(api, token, query, { id: asked['rehearsal'].id }))['node'];
  expect(first).toMatchObject({
    status: 'running',
    fromVersions: ['1.0.0'],
    counts: { same: 1, different: 1, notComparable: 0 },
    samples: { nodes: [{ verdict: 'SAME', input: { text: 'a' }, recorded: { output: 1, error: null }, run: null }] },
  });
  expect(first.progress).toBeCloseTo(2 / 3);
  const after = first.samples.pageInfo.endCursor;
  const second = (await ask(api, token, query, { id: asked['rehearsal'].id, after }))['node'].samples;
  expect(second).toMatchObject({
    nodes: [
      { verdict: 'DIFFERENT', reason: 'why', differenceCount: 1, differences: [{ path: '/words', kind: 'CHANGED' }] },
    ],
    pageInfo: { hasNextPage: false },
  });
  const listed = `{ tenant(slug: "acme") { rehearsals(pluginName: "${NAME}") { nodes { id } } none: rehearsals(pluginName: "@a/b") { nodes { id } } } }`;
  expect((await ask(api, token, listed))['tenant']).toEqual({
    rehearsals: { nodes: [{ id: asked['rehearsal'].id }] },
    none: { nodes: [] },
  });
  expect(await cancel(asked['rehearsal'].id)).toMatchObject({ rehearsal: { status: 'canceled' } });
});

it('takes who may both read runs and change pipelines, and what they see stays in their tenant', async () => {
  const { rehearsal } = await rehearse({});
  const readsRuns = await acme.apiToken(['RUNS_READ', 'PLUGINS_READ']);
  const writesPipelines = await acme.apiToken(['PIPELINES_WRITE', 'PLUGINS_READ']);
  for (const as of [readsRuns, writesPipelines]) {
    expect(await rehearse({}, { as })).toMatchObject({ kind: 'Forbidden' });
    expect(await cancel(rehearsal.id, as)).toMatchObject({ kind: 'Forbidden' });
  }
  const other = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  const theirs = await other.apiToken(['RUNS_READ', 'PIPELINES_WRITE']);
  const node = 'query ($id: ID!) { node(id: $id) { __typename } }';
  expect((await ask(api, theirs, node, { id: rehearsal.id }))['node']).toBeNull();
  expect(await cancel(rehearsal.id, theirs)).toMatchObject({ kind: 'NotFound' });
  const smuggled = globalId('Rehearsal', other.tenantId, rowIdOf(rehearsal.id));
  expect((await ask(api, theirs, node, { id: smuggled }))['node']).toBeNull();
  expect(await cancel(rehearsal.id)).toMatchObject({ kind: 'CancelRehearsalSuccess' });
});

it('what can not be rehearsed is refused before anything is written', async () => {
  const pipelineId = globalId('Pipeline', acme.tenantId, randomUUID());
  for (const input of [{ samples: 0 }, { samples: 101 }, { stepId: '' }, { toVersion: '^9.0.0' }]) {
    expect(await rehearse(input)).toMatchObject({ kind: 'ValidationFailed' });
  }
  for (const input of [{ name: '@community/nothing' }, { pipelineId }]) {
    expect(await rehearse(input)).toMatchObject({ kind: 'NotFound' });
  }
  const without = await seedTenant(database, { slug: 'initech', name: 'Initech' });
  const as = await without.apiToken(['RUNS_READ', 'PIPELINES_WRITE']);
  expect(await rehearse({}, { as, tenant: without })).toMatchObject({ kind: 'NotFound' });
});

it('of a tenant, few wait at a time, and the newest are kept', async () => {
  const tenant = await seedTenant(database, { slug: 'umbrella', name: 'Umbrella' });
  const as = await tenant.apiToken(['RUNS_READ', 'PIPELINES_WRITE']);
  await installIn(tenant);
  for (let count = 0; count < 5; count += 1) await rehearse({}, { as, tenant });
  expect(await rehearse({}, { as, tenant })).toMatchObject({ kind: 'QuotaExceeded' });
  await admin.query(
    `insert into rehearsals (id, tenant_id, plugin_name, to_version, to_integrity, max_samples, status, requested_by,
      requested_at, finished_at)
    select gen_random_uuid(), $1, 'x', '1.0.0', 'x', 1, 'succeeded', 'u', now() - interval '1 hour', now() from generate_series(1, 30)`,
    [tenant.tenantId],
  );
  await admin.query(`update rehearsals set status = 'succeeded', finished_at = now() where tenant_id = $1`, [
    tenant.tenantId,
  ]);
  const { rehearsal } = await rehearse({}, { as, tenant });
  const { rows } = await admin.query<{ count: number; isThere: boolean }>(
    `select count(*)::int, bool_or(id = $2) as "isThere" from rehearsals where tenant_id = $1`,
    [tenant.tenantId, rowIdOf(rehearsal.id)],
  );
  expect(rows).toEqual([{ count: 20, isThere: true }]);
});
