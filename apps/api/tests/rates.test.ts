import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type SeededTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { openSocket } from './socket-client.ts';

let database: TestDatabase;
let tenant: SeededTenant;
/** Its buckets are small. */
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  api = await startTestApi(database, { IA_RATE_CAPACITY: '100', IA_RATE_RESTORE_PER_SECOND: '1' });
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const post = async (token: string, query: string) => {
  const response = await fetch(api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() };
};

const PAGE = '{ tenant(slug: "acme") { pipelines(first: 20) { nodes { id name } } } }';

describe('a bucket', () => {
  it('pays for what an operation may cost, and gets back what it did not', async () => {
    const token = await tenant.apiToken(TOKEN_SCOPES);
    const { body } = await post(token, PAGE);
    // The tenant, its connection, and for twenty nodes: the list, two fields each.
    const { requested, actual, bucket } = body.extensions.cost;
    expect(requested).toBe(62);
    expect(actual).toBe(3);
    expect(bucket).toMatchObject({ capacity: 100, restorePerSecond: 1 });
    expect(bucket.available).toBeGreaterThanOrEqual(97);
  });

  it('that is empty refuses, says when to come again, and is its caller’s own', async () => {
    const [token, other] = [await tenant.apiToken(TOKEN_SCOPES), await tenant.apiToken(TOKEN_SCOPES)];
    const answers = [];
    for (let index = 0; index < 40; index += 1) answers.push(await post(token, PAGE));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      retryAfter: expect.stringMatching(/^[1-9]\d*$/),
      body: {
        errors: [{ extensions: { code: 'IA_API_RATE_LIMIT' } }],
        extensions: { cost: { requested: 62, actual: 0 } },
      },
    });
    expect((await post(other, PAGE)).status).toBe(200);
  });

  it('is the same over the websocket', async () => {
    const token = await tenant.apiToken(TOKEN_SCOPES);
    const socket = openSocket(api, token);
    const codes = new Set<unknown>();
    for (let index = 0; index < 40; index += 1) {
      const feed = socket.subscribe(PAGE, {});
      await feed.done;
      for (const error of feed.errors) codes.add(error.extensions?.['code']);
    }
    await socket.close();
    expect([...codes]).toEqual(['IA_API_RATE_LIMIT']);
  });
});

describe('a subscription', () => {
  const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const START = 'mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { __typename } }';

  it('pays for each item that is executed for its subscriber alone, and misses none', async () => {
    const [maker, token] = [await tenant.apiToken(TOKEN_SCOPES), await tenant.apiToken(TOKEN_SCOPES)];
    const { tenant: found } = await ask(api, token, '{ tenant(slug: "acme") { id changesCursor } }');
    const definition = { name: 'paid', steps: [{ id: 'a', uses: 'core.noop' }] };
    const created = await ask(api, maker, CREATE, { input: { tenantId: found.id, definition } });
    for (let count = 0; count < 8; count += 1) {
      await ask(api, await tenant.apiToken(TOKEN_SCOPES), START, { id: created['createPipeline'].pipeline.id });
    }
    const socket = openSocket(api, token);
    const query = `subscription ($id: ID!, $after: String) { tenantRuns(tenantId: $id, after: $after) {
      ... on RunChange { run { id status priority createdAt pipeline { id name } } } } }`;
    const feed = socket.subscribe(query, { id: found.id, after: found.changesCursor });
    await feed.waitFor(8);
    await socket.close();
    const { body } = await post(token, '{ viewer { principalKind } }');
    expect(body.extensions.cost.bucket.available).toBeLessThan(60);
  });
});

describe('entries that are open to everybody', () => {
  it('take so many wrong passwords of one address', async () => {
    const attempt = async () => {
      const response = await fetch(`${api.url}/auth/two-factor/verify-totp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: api.portalOrigin },
        body: JSON.stringify({ code: '000000' }),
      });
      return { status: response.status, retryAfter: response.headers.get('retry-after') };
    };
    const answers = [];
    for (let index = 0; index < 110; index += 1) answers.push(await attempt());
    expect(answers.at(-1)).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^\d+$/) });
  });

  it('take so many unsigned calls of webhooks', async () => {
    const call = async () => {
      const response = await fetch(`${api.url}/hooks/${crypto.randomUUID()}`, { method: 'POST', body: '{}' });
      return response.status;
    };
    const answers = [];
    for (let index = 0; index < 320; index += 1) answers.push(await call());
    expect(answers[0]).toBe(401);
    expect(answers.at(-1)).toBe(429);
  });
});
