import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, send, signUp } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let tenant: SeededTenant;
let token: string;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const definitionOf = (name: string, more: object = {}) => ({
  name,
  parameters: { type: 'object', properties: { count: { type: 'integer', default: 3 } } },
  steps: [
    { id: 'first', uses: 'core.noop', with: { count: '{{ parameters.count }}' } },
    { id: 'second', uses: 'core.noop' },
  ],
  flow: { start_at: 'first', transitions: [{ from: 'first', to: 'second' }] },
  outputs: { count: '{{ steps.first.output.count }}' },
  ...more,
});

const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  kind: __typename
  ... on CreatePipelineSuccess { dryRun diagnostics { code } pipeline { id name revision version definition
    latestVersion { id revision version } versions { nodes { revision } } } }
  ... on Error { code message hint }
  ... on ValidationFailed { diagnostics { code severity path line column message hint } } } }`;

const UPDATE = `mutation ($input: UpdatePipelineInput!) { updatePipeline(input: $input) {
  kind: __typename
  ... on UpdatePipelineSuccess { pipeline { name revision version versions { nodes { revision version } } } }
  ... on Error { code message }
  ... on Conflict { currentVersion } } }`;

const START = `mutation ($input: StartRunInput!) { startRun(input: $input) {
  kind: __typename
  ... on StartRunSuccess { run { id status parameters pipeline { name } pipelineVersion { revision } } }
  ... on Error { code message }
  ... on ValidationFailed { diagnostics { code path message } } } }`;

const createPipeline = async (name: string, more: object = {}): Promise<string> => {
  const data = await ask(api, token, CREATE, { input: { tenantId, definition: definitionOf(name, more) } });
  expect(data['createPipeline']).toMatchObject({ kind: 'CreatePipelineSuccess' });
  return data['createPipeline'].pipeline.id;
};

describe('viewer and tenant', () => {
  it('shows nobody to an anonymous request', async () => {
    expect(await ask(api, undefined, '{ viewer { principalKind } tenant(slug: "acme") { id } }')).toEqual({
      viewer: null,
      tenant: null,
    });
  });

  it('shows a token what it is and its tenant', async () => {
    const query = `{ viewer { principalKind user { id } apiToken { prefix scopes } tenants { role tenant { slug name
      viewerRole viewerPermissions members { nodes { role user { email } } } } } } }`;
    const { viewer } = await ask(api, token, query);
    expect(viewer).toMatchObject({ principalKind: 'token', user: null, apiToken: { prefix: token.slice(0, 8) } });
    expect(viewer.tenants).toHaveLength(1);
    expect(viewer.tenants[0]).toMatchObject({
      role: 'owner',
      tenant: { slug: 'acme', name: 'Acme', viewerRole: 'owner' },
    });
    expect(viewer.tenants[0].tenant.viewerPermissions).toContain('pipeline.write');
    expect(viewer.tenants[0].tenant.members.nodes).toEqual([{ role: 'owner', user: { email: tenant.email } }]);
  });

  it('lets a person sign up, make a tenant and sign in to it at once', async () => {
    const session = await signUp(api, 'ada@example.com');
    const create = `mutation { createTenant(input: { slug: "ada-labs", name: "Ada's Labs" }) {
      kind: __typename ... on CreateTenantSuccess { tenant { slug name viewerRole } } } }`;
    expect((await ask(api, session.token, create))['createTenant']).toEqual({
      kind: 'CreateTenantSuccess',
      tenant: { slug: 'ada-labs', name: "Ada's Labs", viewerRole: 'owner' },
    });
    const { viewer } = await ask(
      api,
      session.token,
      '{ viewer { principalKind user { email } tenants { tenant { slug } } } }',
    );
    expect(viewer).toEqual({
      principalKind: 'user',
      user: { email: 'ada@example.com' },
      tenants: [{ tenant: { slug: 'ada-labs' } }],
    });
  });

  it.each(['community', 'ia-modules', 'Bad', 'x', 'a--b', 'acme'])('refuses the slug %s', async (slug) => {
    const session = await signUp(api, `${slug.toLowerCase()}-owner@example.com`);
    const create = `mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "N" }) { kind: __typename } }`;
    const { createTenant } = await ask(api, session.token, create, { slug });
    expect(createTenant.kind).toBe(slug === 'acme' ? 'Conflict' : 'ValidationFailed');
  });
});

describe('pipelines', () => {
  it('are created, listed, read by id and keep their definition as written', async () => {
    const id = await createPipeline('orders');
    const query = `query ($id: ID!) { node(id: $id) { kind: __typename ... on Pipeline { name revision version definition } }
      tenant(slug: "acme") { pipelines(search: "ord") { nodes { id } } } }`;
    const data = await ask(api, token, query, { id });
    expect(data['node']).toEqual({
      kind: 'Pipeline',
      name: 'orders',
      revision: 1,
      version: '0.1.0',
      definition: definitionOf('orders'),
    });
    expect(data['tenant'].pipelines.nodes).toEqual([{ id }]);
  });

  it('report every error of a definition with its place', async () => {
    const source =
      '{\n "name": "broken",\n "steps": [ { "id": "a", "uses": "core.nope" }, { "id": "a", "uses": "core.noop" } ]\n}';
    const { createPipeline: result } = await ask(api, token, CREATE, { input: { tenantId, definition: source } });
    expect(result).toMatchObject({ kind: 'ValidationFailed', code: 'IA_PIPELINE_INVALID' });
    const errors = result.diagnostics.filter((item: { severity: string }) => item.severity === 'error');
    expect(errors.map((item: { code: string }) => item.code).sort()).toEqual(
      expect.arrayContaining(['IA_PIPELINE_DUPLICATE_STEP', 'IA_PIPELINE_UNKNOWN_USES']),
    );
    expect(errors[0].line).toBe(3);
    const query = `query ($tenantId: ID!, $source: String!) { validatePipeline(tenantId: $tenantId, source: $source) {
      valid diagnostics { code } } }`;
    expect((await ask(api, token, query, { tenantId, source }))['validatePipeline'].valid).toBe(false);
  });

  it('refuse a plugin that is not installed and a module that only a command line has', async () => {
    const definition = {
      name: 'strange',
      plugins: { weather: '@community/weather@^1.0.0' },
      steps: [
        { id: 'a', uses: 'weather.forecast' },
        { id: 'b', uses: './b.ts#B' },
      ],
    };
    const { createPipeline: result } = await ask(api, token, CREATE, { input: { tenantId, definition } });
    expect(result.kind).toBe('ValidationFailed');
  });

  it('say Conflict for a taken name', async () => {
    await createPipeline('twice');
    const input = { tenantId, definition: definitionOf('twice') };
    const { createPipeline: result } = await ask(api, token, CREATE, { input });
    expect(result).toMatchObject({ kind: 'Conflict', code: 'IA_API_CONFLICT' });
  });

  it('show with dryRun what they would become and store nothing', async () => {
    const input = { tenantId, definition: definitionOf('maybe'), dryRun: true };
    const { createPipeline: result } = await ask(api, token, CREATE, { input });
    expect(result).toMatchObject({
      kind: 'CreatePipelineSuccess',
      dryRun: true,
      pipeline: { name: 'maybe', latestVersion: { revision: 1 }, versions: { nodes: [] } },
    });
    const query = '{ tenant(slug: "acme") { pipelines(search: "maybe") { nodes { id } } } }';
    expect((await ask(api, token, query))['tenant'].pipelines.nodes).toEqual([]);
  });

  it('are updated from the revision that was read, and only from it', async () => {
    const id = await createPipeline('evolving', { version: '1.0.0' });
    const changed = { id, definition: definitionOf('evolved', { version: '1.1.0' }), expectedVersion: 1 };
    expect((await ask(api, token, UPDATE, { input: changed }))['updatePipeline']).toEqual({
      kind: 'UpdatePipelineSuccess',
      pipeline: {
        name: 'evolved',
        revision: 2,
        version: '1.1.0',
        versions: {
          nodes: [
            { revision: 2, version: '1.1.0' },
            { revision: 1, version: '1.0.0' },
          ],
        },
      },
    });
    const stale = { id, definition: definitionOf('evolved', { version: '1.2.0' }), expectedVersion: 1 };
    expect((await ask(api, token, UPDATE, { input: stale }))['updatePipeline']).toMatchObject({
      kind: 'Conflict',
      currentVersion: 2,
    });
    const reused = { id, definition: definitionOf('evolved', { version: '1.0.0' }), expectedVersion: 2 };
    expect((await ask(api, token, UPDATE, { input: reused }))['updatePipeline'].kind).toBe('Conflict');
  });

  it('let one of two simultaneous updates win', async () => {
    const id = await createPipeline('contested');
    const input = { id, definition: definitionOf('contested'), expectedVersion: 1 };
    const results = await Promise.all([1, 2, 3, 4].map(() => ask(api, token, UPDATE, { input })));
    const names = results.map((data) => data['updatePipeline'].kind);
    expect(names.filter((name) => name === 'UpdatePipelineSuccess')).toHaveLength(1);
    expect(names.filter((name) => name === 'Conflict')).toHaveLength(3);
    const losers = results.map((data) => data['updatePipeline']).filter(({ kind }) => kind === 'Conflict');
    for (const loser of losers) {
      expect(loser).toMatchObject({ currentVersion: 2, message: 'The pipeline changed since you read it.' });
    }
  });

  it('start no runs and leave the list once archived', async () => {
    const id = await createPipeline('old');
    const archive = `mutation ($input: ArchivePipelineInput!) { archivePipeline(input: $input) {
      kind: __typename ... on ArchivePipelineSuccess { pipeline { archivedAt } } } }`;
    const { archivePipeline } = await ask(api, token, archive, { input: { id } });
    expect(archivePipeline.pipeline.archivedAt).toMatch(/^\d{4}-.*Z$/);
    const { startRun } = await ask(api, token, START, { input: { pipelineId: id } });
    expect(startRun.kind).toBe('Conflict');
    const query = `{ tenant(slug: "acme") { pipelines(search: "old") { nodes { id } }
      all: pipelines(search: "old", includeArchived: true) { nodes { id } } } }`;
    const { tenant: found } = await ask(api, token, query);
    expect([found.pipelines.nodes, found.all.nodes]).toEqual([[], [{ id }]]);
  });

  it('are paged both ways without gap or repetition', async () => {
    for (const letter of ['a', 'b', 'c', 'd', 'e']) await createPipeline(`page-${letter}`);
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) { tenant(slug: "acme") {
      pipelines(search: "page-", first: $first, after: $after, last: $last, before: $before) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
    const page = async (variables: object) => (await ask(api, token, query, variables))['tenant'].pipelines;
    const namesOf = (connection: { nodes: { name: string }[] }) =>
      connection.nodes.map((node) => node.name.at(-1)).join('');
    const first = await page({ first: 2 });
    const second = await page({ first: 2, after: first.pageInfo.endCursor });
    const third = await page({ first: 2, after: second.pageInfo.endCursor });
    expect([first, second, third].map(namesOf)).toEqual(['ab', 'cd', 'e']);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const back = await page({ last: 2, before: third.pageInfo.startCursor });
    expect(namesOf(back)).toBe('cd');
  });
});

describe('runs', () => {
  it('start pending with their defaults filled in and appear in both lists', async () => {
    const pipelineId = await createPipeline('starting');
    const { startRun } = await ask(api, token, START, { input: { pipelineId, parameters: {} } });
    expect(startRun).toMatchObject({
      kind: 'StartRunSuccess',
      run: {
        status: 'pending',
        parameters: { count: 3 },
        pipeline: { name: 'starting' },
        pipelineVersion: { revision: 1 },
      },
    });
    const query = `query ($id: ID!, $pipelineId: ID!) {
      node(id: $id) { ... on Run { steps { nodes { stepId status attempts } } events { nodes { seq } } durationMs } }
      pipeline: node(id: $pipelineId) { ... on Pipeline { runs { nodes { id } } } }
      tenant(slug: "acme") { runs(pipelineId: $pipelineId, status: [pending]) { nodes { id } }
        none: runs(pipelineId: $pipelineId, status: [failed]) { nodes { id } } } }`;
    const data = await ask(api, token, query, { id: startRun.run.id, pipelineId });
    expect(data['node']).toEqual({
      steps: {
        nodes: [
          { stepId: 'first', status: 'pending', attempts: 0 },
          { stepId: 'second', status: 'pending', attempts: 0 },
        ],
      },
      events: { nodes: [] },
      durationMs: null,
    });
    const expected = [{ id: startRun.run.id }];
    expect(data['pipeline'].runs.nodes).toEqual(expected);
    expect(data['tenant']).toEqual({ runs: { nodes: expected }, none: { nodes: [] } });
  });

  it('are refused with diagnostics when the parameters do not fit', async () => {
    const pipelineId = await createPipeline('strict');
    const input = { pipelineId, parameters: { count: 'many', other: 1 } };
    const { startRun } = await ask(api, token, START, { input });
    expect(startRun.kind).toBe('ValidationFailed');
    expect(startRun.diagnostics.length).toBe(2);
  });

  it('are one run for twenty simultaneous requests under one key, and another request is a Conflict', async () => {
    const pipelineId = await createPipeline('idempotent');
    const input = { pipelineId, parameters: { count: 1 }, idempotencyKey: 'once' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(api, token, START, { input })));
    expect(new Set(answers.map((data) => data['startRun'].run?.id)).size).toBe(1);
    const other = { ...input, parameters: { count: 2 } };
    expect((await ask(api, token, START, { input: other }))['startRun'].kind).toBe('Conflict');
    const query = `query ($id: ID!) { node(id: $id) { ... on Pipeline { runs { nodes { id } } } } }`;
    expect((await ask(api, token, query, { id: pipelineId }))['node'].runs.nodes).toHaveLength(1);
  });

  it('are refused before anything is stored to a token that may not read them', async () => {
    const pipelineId = await createPipeline('unread');
    const writer = await tenant.apiToken(['RUNS_WRITE', 'PIPELINES_READ']);
    expect((await ask(api, writer, START, { input: { pipelineId } }))['startRun']).toMatchObject({
      kind: 'Forbidden',
      message: 'This needs the permission run.read.',
    });
    const query = 'query ($id: ID!) { node(id: $id) { ... on Pipeline { runs { nodes { id } } } } }';
    expect((await ask(api, token, query, { id: pipelineId }))['node'].runs.nodes).toEqual([]);
  });

  it('are refused when their parameters are nested without end', async () => {
    const pipelineId = await createPipeline('nested');
    const nested: unknown = JSON.parse(`${'['.repeat(110)}${']'.repeat(110)}`);
    const input = { pipelineId, parameters: { count: nested }, idempotencyKey: 'nested' };
    expect((await ask(api, token, START, { input }))['startRun']).toMatchObject({
      kind: 'ValidationFailed',
      diagnostics: [{ message: 'Parameters may be nested 100 levels deep.' }],
    });
  });

  it('take a request to cancel, twice too', async () => {
    const pipelineId = await createPipeline('cancelled');
    const { startRun } = await ask(api, token, START, { input: { pipelineId } });
    const cancel = `mutation ($input: CancelRunInput!) { cancelRun(input: $input) {
      kind: __typename ... on CancelRunSuccess { run { id } } } }`;
    const input = { runId: startRun.run.id, reason: 'changed my mind' };
    for (const _ of [1, 2]) {
      const { cancelRun } = await ask(api, token, cancel, { input });
      expect(cancelRun).toEqual({ kind: 'CancelRunSuccess', run: { id: startRun.run.id } });
    }
  });
});

describe('a nested list', () => {
  /** What the query itself reads; checking the token again after its seconds in the cache is not counted. */
  const READS_LISTS = /\bfrom (pipelines|pipeline_versions|runs|tenants)\b/;
  const textOf = (query: unknown): string =>
    typeof query === 'string' ? query : ((query as { text?: string }).text ?? '');

  const QUERY = `query ($first: Int!) { tenant(slug: "acme") { pipelines(first: $first) { nodes { name
    runs(first: 5) { nodes { id pipelineVersion { version } } } versions(first: 5) { nodes { revision } } } } } }`;

  it('costs the same number of statements however long it is', async () => {
    const statements = vi.spyOn(Client.prototype, 'query');
    const costOf = async (first: number): Promise<number> => {
      await ask(api, token, QUERY, { first });
      statements.mockClear();
      await ask(api, token, QUERY, { first });
      return statements.mock.calls.map((call) => textOf(call[0])).filter((text) => READS_LISTS.test(text)).length;
    };
    const [one, many] = [await costOf(1), await costOf(100)];
    statements.mockRestore();
    expect(one).toBeGreaterThanOrEqual(3);
    expect(many).toBe(one);
  });
});

describe('API tokens', () => {
  const create = `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
    kind: __typename ... on CreateApiTokenSuccess { token apiToken { id name scopes revokedAt } } ... on Error { code message } } }`;
  const revoke = `mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) {
    kind: __typename ... on RevokeApiTokenSuccess { apiToken { revokedAt } } } }`;

  it('work with their scopes only, and not at all once revoked', async () => {
    const input = { tenantId, name: 'reader', scopes: ['TENANT_READ', 'PIPELINES_READ'] };
    const { createApiToken } = await ask(api, token, create, { input });
    expect(createApiToken.token).toMatch(/^ia_[\w-]{43}$/);
    const reader: string = createApiToken.token;
    expect(
      (await ask(api, reader, '{ tenant(slug: "acme") { pipelines(first: 1) { nodes { name } } } }'))['tenant'],
    ).not.toBeNull();
    const write = { tenantId, definition: definitionOf('forbidden') };
    expect((await ask(api, reader, CREATE, { input: write }))['createPipeline'].kind).toBe('Forbidden');
    const runs = await send(api, { token: reader, query: '{ tenant(slug: "acme") { runs { nodes { id } } } }' });
    expect(runs.errors?.[0]?.extensions?.['code']).toBe('IA_API_FORBIDDEN');

    const { revokeApiToken } = await ask(api, token, revoke, { input: { id: createApiToken.apiToken.id } });
    expect(revokeApiToken.apiToken.revokedAt).not.toBeNull();
    await expect
      .poll(async () => (await send(api, { token: reader, query: '{ viewer { principalKind } }' })).status)
      .toBe(401);
  });

  it('hand on no scope that they lack', async () => {
    const minter = await tenant.apiToken(['TENANT_READ', 'TOKENS_WRITE']);
    const input = { tenantId, name: 'wider', scopes: ['RUNS_WRITE'] };
    expect((await ask(api, minter, create, { input }))['createApiToken'].kind).toBe('Forbidden');
  });

  it.each([{ name: '' }, { scopes: [] }, { expiresAt: '2001-01-01T00:00:00Z' }])(
    'are refused with %j',
    async (wrong) => {
      const input = { tenantId, name: 'x', scopes: ['RUNS_READ'], ...wrong };
      expect((await ask(api, token, create, { input }))['createApiToken'].kind).toBe('ValidationFailed');
    },
  );
});
