import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let api: TestApi;
let token: string;
const lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database, {}, pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }));
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const post = (body: object, headers: Readonly<Record<string, string>> = {}, to: TestApi = api): Promise<Response> =>
  fetch(to.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });

const connectAdmin = async (): Promise<Client> => {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  return client;
};

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const records = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'operation');

describe('the log', () => {
  it('has a line for each operation, under the trace of its caller', async () => {
    const query = 'query Who { viewer { principalKind } tenant(slug: "acme") { pipelines { nodes { id } } } }';
    const response = await post({ query }, { traceparent: `00-${TRACE}-b7ad6b7169203331-01` });
    expect(response.headers.get('x-request-id')).toBe(TRACE);
    expect(records().at(-1)).toMatchObject({
      transport: 'http',
      type: 'query',
      operation: 'Who',
      documentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      caller: { kind: 'token' },
      tenants: [expect.any(String)],
      status: 200,
      traceId: TRACE,
    });
  });

  it('has nothing of what was sent', async () => {
    const canary = 'canary-4711';
    const operation = 'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { __typename } }';
    await post({ query: operation, variables: { input: { tenantId: 'x', definition: { name: canary } } } });
    await post({ query: `{ tenant(slug: "${canary}") { id } }` });
    await post({ query: `{ tenant(slug: "${canary}" }`, variables: { secret: canary } });
    await post({
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: [{ password: canary }] },
    });
    await post({ query: '{ viewer { principalKind } }' }, { authorization: `Bearer ia_${canary}` });
    await fetch(`${api.url}/auth/verify-email?token=${canary}`);
    await fetch(`${api.graphqlUrl}?query=${encodeURIComponent(`{ tenant(slug: "${canary}") { id } }`)}`);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join('')).not.toContain(canary);
    expect(lines.join('')).not.toContain(token);
  });
});

describe('every answer', () => {
  it.each(['/graphql', '/healthz', '/readyz', '/auth/ok', '/hooks/x', '/nowhere'])('of %s is guarded', async (path) => {
    const { headers } = await fetch(`${api.url}${path}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cross-origin-resource-policy')).toBe('same-site');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('asks to stay with https where the API is reached by it', async () => {
    const secure = await startTestApi(database, { IA_PUBLIC_API_URL: 'https://api.example.com' });
    const { headers } = await fetch(`${secure.url}/healthz`);
    await secure.close();
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect((await fetch(`${api.url}/healthz`)).headers.get('strict-transport-security')).toBeNull();
  });
});

describe('slow and many connections', () => {
  it('a body that trickles in is given up', async () => {
    const { port } = new URL(api.url);
    const slow = httpRequest({
      port,
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 100_000 },
    });
    const trickle = setInterval(() => slow.write('x'), 100);
    const [response] = await once(slow, 'response');
    clearInterval(trickle);
    expect(response.statusCode).toBe(408);
    slow.on('error', () => undefined).destroy();
  });

  it('one address has so many and no more', async () => {
    const few = await startTestApi(database, { IA_CONNECTIONS_PER_ADDRESS: '5' });
    const sockets = Array.from({ length: 8 }, () => connect(Number(new URL(few.url).port), '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed += 1;
      });
    }
    await expect.poll(() => closed, { timeout: 5_000 }).toBe(3);
    for (const socket of sockets) socket.destroy();
    const status = async () => (await fetch(`${few.url}/healthz`).catch(() => null))?.status;
    await expect.poll(status, { timeout: 5_000 }).toBe(200);
    await few.close();
  });
});

describe('a flood', () => {
  it('is refused in part, with a time to come back, and others are served meanwhile', async () => {
    const flooder = await (await seedTenant(database, { slug: 'flood', name: 'Flood' })).apiToken(TOKEN_SCOPES);
    const query = '{ tenant(slug: "flood") { pipelines { nodes { id } } } }';
    const flood = Array.from({ length: 900 }, () => post({ query }, { authorization: `Bearer ${flooder}` }));
    const own = Array.from({ length: 10 }, () =>
      post({ query: '{ tenant(slug: "acme") { pipelines { nodes { id } } } }' }),
    );
    const [flooded, served] = await Promise.all([Promise.all(flood), Promise.all(own)]);
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 200));
    const statuses = new Set(flooded.map(({ status }) => status));
    expect([...statuses].every((status) => [200, 429, 503].includes(status))).toBe(true);
    const refused = flooded.filter(({ status }) => status !== 200);
    expect(refused.every(({ headers }) => /^[1-9]\d*$/.test(headers.get('retry-after') ?? ''))).toBe(true);
    expect((await post({ query }, { authorization: `Bearer ${flooder}` })).status).toBe(200);
  });
});

describe('an API that is asked to end', () => {
  it('finishes what it has begun and takes nothing new', async () => {
    const leaving = await startTestApi(database);
    const [admin, observer] = await Promise.all([connectAdmin(), connectAdmin()]);
    const waiting = async () =>
      (await observer.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`)).rows.length;
    await admin.query('begin; lock table pipelines in access exclusive mode');
    const begun = post({ query: '{ tenant(slug: "acme") { pipelines { nodes { id } } } }' }, {}, leaving);
    await expect.poll(waiting).toBe(1);
    const closing = leaving.close();
    await admin.query('rollback');
    const answer = await begun;
    expect(answer.status).toBe(200);
    await Promise.all([closing, admin.end(), observer.end()]);
    await expect(fetch(`${leaving.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
