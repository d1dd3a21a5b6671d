import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, publishPlugin, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, send, signUp } from './graphql-client.ts';
import { createWorkerRows, type WorkerRows } from './recorded-run.ts';
import { createRunLogWriter, type RunLogWriter, STARTED } from './run-log-writer.ts';
import { openSocket, RUN_EVENTS } from './socket-client.ts';

let database: TestDatabase;
let api: TestApi;
let log: RunLogWriter;
let rows: WorkerRows;
/** The owner of everything, and two who must see none of it. */
let owner: string;
let strangers: { readonly name: string; readonly token: string }[];
let ids: Readonly<Record<'tenant' | 'pipeline' | 'version' | 'run' | 'installation' | 'token' | 'approval', string>>;

const SETUP = `mutation ($tenantId: ID!, $definition: JSON!) { createPipeline(input: { tenantId: $tenantId, definition: $definition }) {
  ... on CreatePipelineSuccess { pipeline { id latestVersion { id } } } } }`;

const askForApproval = async (tenantId: string, runId: string): Promise<void> => {
  await rows.query(
    `insert into approvals (tenant_id, run_id, key, step_id, status, request, assignees, requested_at)
     values ($1, $2, 'a#/', 'a', 'open', '{"title": "secret"}', '{}', now())`,
    [tenantId, runId],
  );
};

beforeAll(async () => {
  database = await createTestDatabase();
  [api, log, rows] = await Promise.all([
    startTestApi(database),
    createRunLogWriter(database),
    createWorkerRows(database),
  ]);
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  owner = await tenant.apiToken(TOKEN_SCOPES);
  const other = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  strangers = [
    { name: 'a token of another tenant', token: await other.apiToken(TOKEN_SCOPES) },
    { name: 'a user without a tenant', token: (await signUp(api, 'stranger@example.com')).token },
  ];
  await publishPlugin(database, {
    tenantId: tenant.tenantId,
    name: '@acme/secret',
    visibility: 'private',
    version: '1.0.0',
  });
  const tenantId: string = (await ask(api, owner, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  const definition = { name: 'private', steps: [{ id: 'a', uses: 'core.noop' }] };
  const { pipeline } = (await ask(api, owner, SETUP, { tenantId, definition }))['createPipeline'];
  const start =
    'mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { ... on StartRunSuccess { run { id } } } }';
  const { run } = (await ask(api, owner, start, { id: pipeline.id }))['startRun'];
  const install = `mutation ($tenantId: ID!) { installPlugin(input: { tenantId: $tenantId, name: "@acme/secret", grant: {} }) {
    ... on InstallPluginSuccess { installation { id } } } }`;
  const { installation } = (await ask(api, owner, install, { tenantId }))['installPlugin'];
  const { apiToken } = (await ask(api, owner, '{ viewer { apiToken { id } } }'))['viewer'];
  const [, , runId = ''] = Buffer.from(run.id, 'base64url').toString('utf8').split(':');
  await log.append({ tenantId: tenant.tenantId, runId }, [STARTED]);
  await askForApproval(tenant.tenantId, runId);
  ids = {
    tenant: tenantId,
    pipeline: pipeline.id,
    version: pipeline.latestVersion.id,
    run: run.id,
    installation: installation.id,
    token: apiToken.id,
    approval: Buffer.from(`Approval:${tenant.tenantId}:${runId}:a#/`).toString('base64url'),
  };
});

afterAll(async () => {
  await api?.close();
  await log?.close();
  await rows?.close();
  await database?.drop();
});

/** The same id with another last character group: well formed, and of nothing. */
const randomised = (id: string): string => {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  return Buffer.from(`${text.slice(0, -12)}${crypto.randomUUID().slice(-12)}`, 'utf8').toString('base64url');
};

describe('across the wall', () => {
  it('the owner sees what there is', async () => {
    const found = await ask(
      api,
      owner,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { kind: __typename } plugin(name: "@acme/secret") { name } }',
      {
        ids: Object.values(ids),
      },
    );
    expect(found['nodes'].map((node: { kind: string }) => node.kind)).toEqual([
      'Tenant',
      'Pipeline',
      'PipelineVersion',
      'Run',
      'Installation',
      'ApiToken',
      'Approval',
    ]);
    expect(found['plugin']).toEqual({ name: '@acme/secret' });
  });

  it('queries of a stranger find nothing, as for random and malformed ids', async () => {
    for (const { token } of strangers) {
      const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id } tenant(slug: "acme") { id }
        plugin(name: "@acme/secret") { name } plugins(search: "secret") { nodes { name } } }`;
      const all = [...Object.values(ids), ...Object.values(ids).map(randomised), 'malformed', ''];
      expect(await ask(api, token, query, { ids: all })).toEqual({
        nodes: all.map(() => null),
        tenant: null,
        plugin: null,
        plugins: { nodes: [] },
      });
    }
  });

  it('a catalogue of a foreign tenant is not found', async () => {
    for (const { token } of strangers) {
      const query = 'query ($tenantId: ID!) { plugins(tenantId: $tenantId) { nodes { name } } }';
      const answer = await send(api, { token, query, variables: { tenantId: ids.tenant } });
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('IA_API_NOT_FOUND');
    }
  });

  it.each([
    [
      'createPipeline',
      () => ({ tenantId: ids.tenant, definition: { name: 'x', steps: [{ id: 'a', uses: 'core.noop' }] } }),
    ],
    ['updatePipeline', () => ({ id: ids.pipeline, expectedVersion: 1, definition: { name: 'x', steps: [] } })],
    ['archivePipeline', () => ({ id: ids.pipeline })],
    ['startRun', () => ({ pipelineId: ids.pipeline })],
    ['cancelRun', () => ({ runId: ids.run })],
    ['pauseRun', () => ({ runId: ids.run })],
    ['resumeRun', () => ({ runId: ids.run })],
    ['retryRun', () => ({ runId: ids.run })],
    ['replayRun', () => ({ runId: ids.run })],
    ['forkRun', () => ({ runId: ids.run, stepId: 'a', input: {} })],
    ['raiseRunBudget', () => ({ runId: ids.run, maxCostUsd: 1 })],
    ['signalRun', () => ({ runId: ids.run, name: 'go' })],
    ['decideEffect', () => ({ runId: ids.run, key: 'a', decision: 'FAIL' })],
    ['debugRun', () => ({ runId: ids.run, command: { continue: true } })],
    ['decideApproval', () => ({ approvalId: ids.approval, decision: 'APPROVE' })],
    ['bulkRuns', () => ({ tenantId: ids.tenant, action: 'CANCEL', runIds: [ids.run] })],
    ['setPipelineLimits', () => ({ pipelineId: ids.pipeline, maxConcurrentRuns: 1 })],
    ['installPlugin', () => ({ tenantId: ids.tenant, name: '@acme/secret', grant: {} })],
    ['uninstallPlugin', () => ({ tenantId: ids.tenant, name: '@acme/secret' })],
    ['createApiToken', () => ({ tenantId: ids.tenant, name: 'x', scopes: ['RUNS_READ'] })],
    ['revokeApiToken', () => ({ id: ids.token })],
  ])('%s answers a stranger NotFound, word for word as for a random id', async (field, inputOf) => {
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { kind: __typename ... on Error { code message hint } } }`;
    const input: Record<string, unknown> = inputOf();
    const randomInput = Object.fromEntries(
      Object.entries(input).map(([key, value]) => [key, /id$/i.test(key) ? randomised(String(value)) : value]),
    );
    for (const { token } of strangers) {
      const foreign = (await ask(api, token, query, { input }))[field];
      expect(foreign.kind).toBe('NotFound');
      expect((await ask(api, token, query, { input: randomInput }))[field]).toEqual(foreign);
    }
  });

  it('runs of a stranger’s own tenant are never those of another', async () => {
    const [globex] = strangers;
    const { tenant } = await ask(api, globex?.token, '{ tenant(slug: "globex") { id } }');
    const query = `mutation ($input: BulkRunsInput!) { bulkRuns(input: $input) { kind: __typename
      ... on BulkRunsSuccess { results { ok run { id } error { code } } } ... on Error { code message } } }`;
    const bulk = async (input: object) =>
      (await ask(api, globex?.token, query, { input: { tenantId: tenant.id, action: 'CANCEL', ...input } }))[
        'bulkRuns'
      ];
    const [foreign, random] = (await bulk({ runIds: [ids.run, randomised(ids.run)] })).results;
    expect(foreign).toEqual({ ok: false, run: null, error: { code: 'IA_API_NOT_FOUND' } });
    expect(random).toEqual(foreign);
    const answers = [ids.pipeline, randomised(ids.pipeline)].map((pipelineId) => bulk({ filter: { pipelineId } }));
    const [filtered, randomly] = await Promise.all(answers);
    expect(filtered.kind).toBe('NotFound');
    expect(randomly).toEqual(filtered);
  });

  it('the limits of a tenant are refused alike for every id', async () => {
    const query = `mutation ($id: ID!) { setTenantLimits(input: { tenantId: $id, weight: 9 }) { kind: __typename ... on Error { code message hint } } }`;
    for (const { token } of strangers) {
      const foreign = (await ask(api, token, query, { id: ids.tenant }))['setTenantLimits'];
      expect(foreign.kind).toBe('Forbidden');
      expect((await ask(api, token, query, { id: randomised(ids.tenant) }))['setTenantLimits']).toEqual(foreign);
    }
  });

  it('installs no private plugin of another tenant', async () => {
    const [globex] = strangers;
    const { tenant } = await ask(api, globex?.token, '{ tenant(slug: "globex") { id } }');
    const query = `mutation ($tenantId: ID!) { installPlugin(input: { tenantId: $tenantId, name: "@acme/secret", grant: {} }) { kind: __typename } }`;
    const { installPlugin } = await ask(api, globex?.token, query, { tenantId: tenant.id });
    expect(installPlugin.kind).toBe('NotFound');
  });

  it('a subscription of a stranger is refused like one to a random run', async () => {
    for (const { token } of strangers) {
      const socket = openSocket(api, token);
      for (const runId of [ids.run, randomised(ids.run), ids.pipeline, 'malformed']) {
        const events = socket.subscribe(RUN_EVENTS, { runId });
        await events.done;
        expect(events.items).toEqual([]);
        expect(events.errors.map((error) => error.extensions?.['code'])).toEqual(['IA_API_NOT_FOUND']);
      }
      await socket.close();
    }
  });

  it('everything still stands where the owner left it', async () => {
    const query = `{ tenant(slug: "acme") { pipelines { nodes { name revision archivedAt } } runs { nodes { id } }
      installations { nodes { pluginName } } apiTokens { nodes { revokedAt } }
      approvals { nodes { id votes { by } } } limits { weight } } }`;
    expect((await ask(api, owner, query))['tenant']).toEqual({
      pipelines: { nodes: [{ name: 'private', revision: 1, archivedAt: null }] },
      runs: { nodes: [{ id: ids.run }] },
      installations: { nodes: [{ pluginName: '@acme/secret' }] },
      apiTokens: { nodes: [{ revokedAt: null }] },
      approvals: { nodes: [{ id: ids.approval, votes: [] }] },
      limits: { weight: 1 },
    });
    expect(await rows.query('select kind from run_commands')).toEqual([]);
  });
});
