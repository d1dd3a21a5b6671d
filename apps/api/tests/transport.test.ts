import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { send, type Session, signUp } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let token: string;
let session: Session;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  session = await signUp(api, 'ada@example.com');
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const VIEWER = JSON.stringify({ query: '{ viewer { principalKind } }' });

const post = (headers: Readonly<Record<string, string>>, body: string = VIEWER): Promise<Response> =>
  fetch(api.graphqlUrl, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('who is asking', () => {
  it('may be told by an API token, a session token or the cookie of the portal', async () => {
    const answers = [
      await post({ authorization: `Bearer ${token}` }),
      await post({ authorization: `Bearer ${session.token}` }),
      await post({ cookie: session.cookie, origin: api.portalOrigin }),
    ];
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(bodies.map((body) => body.data.viewer.principalKind)).toEqual(['token', 'user', 'user']);
  });

  it.each([
    ['an unknown token', { authorization: `Bearer ia_${'x'.repeat(43)}` }],
    ['an unknown session', { authorization: 'Bearer nobody' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['an empty header', { authorization: '' }],
    ['a forged cookie', { cookie: 'ia-modules.session_token=forged.signature' }],
  ])('is 401 for %s, never anonymous', async (_name, headers) => {
    const response = await post(headers);
    expect(response.status).toBe(401);
    expect((await response.json()).errors[0].extensions.code).toBe('IA_API_UNAUTHENTICATED');
  });

  it('is nobody any more after signing out', async () => {
    const leaving = await signUp(api, 'leaving@example.com');
    expect((await post({ authorization: `Bearer ${leaving.token}` })).status).toBe(200);
    await fetch(`${api.url}/auth/sign-out`, {
      method: 'POST',
      headers: { cookie: leaving.cookie, origin: api.portalOrigin, 'content-type': 'application/json' },
      body: '{}',
    });
    const status = async () => (await post({ authorization: `Bearer ${leaving.token}` })).status;
    await expect.poll(status, { timeout: 10_000 }).toBe(401);
  });

  it('must be somebody for a mutation', async () => {
    const query = 'mutation { createTenant(input: { slug: "nobody", name: "N" }) { __typename } }';
    expect((await send(api, { query })).data).toEqual({ createTenant: { __typename: 'Unauthenticated' } });
  });
});

describe('browsers', () => {
  it('may call from the portal, and no other origin is named or served', async () => {
    const own = await post({ origin: api.portalOrigin, cookie: session.cookie });
    expect(own.headers.get('access-control-allow-origin')).toBe(api.portalOrigin);
    expect(own.headers.get('access-control-allow-credentials')).toBe('true');
    const foreign = await post({ origin: 'https://evil.example', cookie: session.cookie });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(api.graphqlUrl, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'can not send an operation as %s',
    async (type) => {
      expect((await post({ 'content-type': type, cookie: session.cookie })).status).toBe(415);
    },
  );

  it('can not run an operation by a link', async () => {
    const url = `${api.graphqlUrl}?query=${encodeURIComponent('{ viewer { principalKind } }')}`;
    expect((await fetch(url, { headers: { cookie: session.cookie } })).status).toBe(403);
    const mutation = `${api.graphqlUrl}?query=${encodeURIComponent('mutation { revokeApiToken(input: { id: "x" }) { __typename } }')}`;
    expect((await fetch(mutation, { headers: { authorization: `Bearer ${token}` } })).status).toBe(405);
  });

  it('get a websocket from the portal only; programs send no origin', async () => {
    const outcome = (origin: string | undefined) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(api.websocketUrl, 'graphql-transport-ws', origin === undefined ? {} : { origin });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await outcome(api.portalOrigin)).toBe('open');
    expect(await outcome(undefined)).toBe('open');
    expect(await outcome('https://evil.example')).toContain('403');
  });

  it('find GraphiQL, served from here alone', async () => {
    const page = await fetch(api.graphqlUrl, { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/);
  });
});

describe('limits', () => {
  const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: viewer { principalKind }`).join(' ');
  const nested = `{ tenant(slug: "acme") ${'{ pipelines { nodes { runs { nodes { pipeline '.repeat(4)}{ id } ${'} } } } }'.repeat(4)} }`;

  it.each([
    ['aliases', `{ ${aliases} }`],
    ['depth', nested],
    [
      'cost',
      '{ tenant(slug: "acme") { pipelines(first: 100) { nodes { runs(first: 100) { nodes { id status createdAt } } } } } }',
    ],
    ['tokens', `{ ${'__typename '.repeat(6_000)} }`],
    [
      'nesting in a literal',
      `{ validatePipeline(tenantId: "x", definition: ${'['.repeat(2_400)}${']'.repeat(2_400)}) { valid } }`,
    ],
  ])('refuse too much %s', async (_name, query) => {
    const answer = await send(api, { token, query });
    expect(Object.values(answer.data ?? {}).filter((value) => value !== null)).toEqual([]);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
    expect(JSON.stringify(answer)).not.toContain('IA_INTERNAL');
  });

  it('refuse a body beyond a megabyte and a batch', async () => {
    const large = JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(1_100_000) } });
    expect((await post({}, large)).status).toBe(413);
    expect((await post({}, `[${VIEWER},${VIEWER}]`)).status).toBe(400);
  });

  it.each(['first: -1', 'first: 101', 'last: 101', 'first: 1, last: 1', 'after: "x"'])(
    'refuse a page with %s',
    async (args) => {
      const answer = await send(api, { token, query: `{ tenant(slug: "acme") { runs(${args}) { nodes { id } } } }` });
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('IA_API_INVALID');
    },
  );

  it('can switch introspection off', async () => {
    const closed = await startTestApi(database, { IA_GRAPHQL_INTROSPECTION: 'false', IA_GRAPHIQL: 'false' });
    try {
      expect((await send(closed, { token, query: '{ __schema { queryType { name } } }' })).errors).toBeDefined();
      expect(await send(closed, { token, query: '{ __typename }' })).toMatchObject({ data: { __typename: 'Query' } });
    } finally {
      await closed.close();
    }
  });
});

describe('health', () => {
  it('is up and ready, and says so without a credential', async () => {
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${api.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { database: true, auth: true } },
    ]);
    expect((await fetch(`${api.url}/nowhere`)).status).toBe(404);
  });

  it('answers on IPv4 and, where there is one, IPv6 loopback', async () => {
    const { port } = new URL(api.url);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });
});
