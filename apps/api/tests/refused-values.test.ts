import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, send, signUp } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let token: string;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const cursorOf = (...key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');

describe('a query', () => {
  it.each([
    ['a search for NUL', '{ tenant(slug: "acme") { pipelines(search: "a\\u0000") { nodes { id } } } }'],
    ['a plugin named NUL', '{ plugin(name: "@community/a\\u0000") { name } }'],
    ['a node id with NUL', `{ node(id: "${Buffer.from('Plugin:a\0').toString('base64url')}") { id } }`],
    [
      'a made-up time in a cursor',
      `{ tenant(slug: "acme") { runs(after: "${cursorOf('runs', 'x', 'y')}") { nodes { id } } } }`,
    ],
    [
      'NUL in a cursor',
      `{ tenant(slug: "acme") { members(after: "${cursorOf('members', 'a\0', 'b')}") { nodes { role } } } }`,
    ],
  ])('with %s is called invalid, not a defect', async (_what, query) => {
    const { errors } = await send(api, { token, query });
    expect(errors?.map((error) => error.extensions?.['code'])).toEqual(['IA_API_INVALID']);
  });
});

describe('a mutation', () => {
  const kindOf = async (name: string, input: object): Promise<string> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { kind: __typename } }`;
    return (await ask(api, token, query, { input }))[name].kind;
  };

  it.each(['a\0b', '\ud800'])('with the text %j fails as a validation', async (text) => {
    const scopes = ['RUNS_READ'];
    expect(await kindOf('createApiToken', { tenantId, name: text, scopes })).toBe('ValidationFailed');
    const definition = { name: text, steps: [{ id: 'a', uses: 'core.noop' }] };
    expect(await kindOf('createPipeline', { tenantId, definition })).toBe('ValidationFailed');
    const session = await signUp(api, `nul-${text.length}@example.com`);
    const create = `mutation ($name: String!) { createTenant(input: { slug: "odd", name: $name }) { kind: __typename } }`;
    expect((await ask(api, session.token, create, { name: text }))['createTenant'].kind).toBe('ValidationFailed');
  });

  it('for a plugin with NUL in its name fails as a validation', async () => {
    expect(await kindOf('installPlugin', { tenantId, name: 'a\0', grant: {} })).toBe('ValidationFailed');
    expect(await kindOf('uninstallPlugin', { tenantId, name: 'a\0' })).toBe('ValidationFailed');
  });

  it('keeps such texts where they belong to a run: in its parameters', async () => {
    const definition = {
      name: 'texts',
      parameters: { type: 'object', properties: { text: { type: 'string' } } },
      steps: [{ id: 'a', uses: 'core.noop' }],
    };
    const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
      ... on CreatePipelineSuccess { pipeline { id } } } }`;
    const start = `mutation ($input: StartRunInput!) { startRun(input: $input) {
      kind: __typename ... on StartRunSuccess { run { parameters } } } }`;
    const pipelineId = (await ask(api, token, create, { input: { tenantId, definition } }))['createPipeline'].pipeline
      .id;
    const parameters = { text: 'a\0b\ud800' };
    expect((await ask(api, token, start, { input: { pipelineId, parameters } }))['startRun'].run).toEqual({
      parameters,
    });
    for (const idempotencyKey of ['k\0', 'k\ud800']) {
      const input = { pipelineId, parameters, idempotencyKey };
      expect((await ask(api, token, start, { input }))['startRun'].kind).toBe('ValidationFailed');
    }
  });
});
