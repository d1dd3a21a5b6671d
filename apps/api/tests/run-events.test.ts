import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { createRunLogWriter, type RunLogWriter, STARTED, stepSucceeded, SUCCEEDED } from './run-log-writer.ts';
import { openSocket, RUN_EVENTS, type SocketClient } from './socket-client.ts';

let database: TestDatabase;
let api: TestApi;
let log: RunLogWriter;
let tenant: SeededTenant;
let token: string;
let pipelineId: string;
const sockets: SocketClient[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  [api, log] = await Promise.all([startTestApi(database), createRunLogWriter(database)]);
  tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await tenant.apiToken(TOKEN_SCOPES);
  const { tenant: found } = await ask(api, token, '{ tenant(slug: "acme") { id } }');
  const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const definition = { name: 'one', steps: [{ id: 'a', uses: 'core.noop' }] };
  const created = await ask(api, token, create, { input: { tenantId: found.id, definition } });
  pipelineId = created['createPipeline'].pipeline.id;
});

afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await api?.close();
  await log?.close();
  await database?.drop();
});

type StartedRun = { readonly id: string; readonly tenantId: string; readonly runId: string };

const startRun = async (): Promise<StartedRun> => {
  const start = `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } } }`;
  const id: string = (await ask(api, token, start, { input: { pipelineId } }))['startRun'].run.id;
  const [, tenantId = '', runId = ''] = Buffer.from(id, 'base64url').toString('utf8').split(':');
  return { id, tenantId, runId };
};

const open = (credential: string | undefined = token): SocketClient => {
  const socket = openSocket(api, credential);
  sockets.push(socket);
  return socket;
};

describe('runEvents', () => {
  it('delivers what is stored, then what comes, in order and once, and completes with the run', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, stepSucceeded('a', 1)]);
    const events = open().subscribe(RUN_EVENTS, { runId: run.id });
    await events.waitFor(2);
    await log.append(run, [stepSucceeded('a', 2)]);
    await events.waitFor(3);
    await log.append(run, [stepSucceeded('a', 3), SUCCEEDED]);
    await events.done;
    expect(events.items.map((item) => [item['seq'], item['type']])).toEqual([
      [1, 'run_started'],
      [2, 'step_succeeded'],
      [3, 'step_succeeded'],
      [4, 'step_succeeded'],
      [5, 'run_succeeded'],
    ]);
  });

  it('has no gap and no repetition at the seam between stored and live', async () => {
    const run = await startRun();
    await log.append(run, [STARTED]);
    const socket = open();
    const feeds = Array.from({ length: 10 }, () => socket.subscribe(RUN_EVENTS, { runId: run.id }));
    for (let index = 0; index < 40; index += 1) await log.append(run, [stepSucceeded('a', index)]);
    await log.append(run, [SUCCEEDED]);
    await Promise.all(feeds.map((feed) => feed.done));
    const expected = Array.from({ length: 42 }, (_, index) => index + 1);
    for (const feed of feeds) expect(feed.items.map((item) => item['seq'])).toEqual(expected);
  });

  it('resumes behind a cursor', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, stepSucceeded('a', 1), stepSucceeded('a', 2), SUCCEEDED]);
    const all = open().subscribe(RUN_EVENTS, { runId: run.id });
    await all.done;
    const rest = open().subscribe(RUN_EVENTS, { runId: run.id, after: all.items[1]?.['cursor'] });
    await rest.done;
    expect(rest.items.map((item) => item['seq'])).toEqual([3, 4]);
    const nothing = open().subscribe(RUN_EVENTS, { runId: run.id, after: all.items[3]?.['cursor'] });
    await nothing.done;
    expect(nothing.items).toEqual([]);
  });

  it('crosses pages of the log', async () => {
    const run = await startRun();
    const steps = Array.from({ length: 500 }, (_, index) => stepSucceeded('a', index));
    await log.append(run, [STARTED, ...steps]);
    await log.append(run, [SUCCEEDED]);
    const events = open().subscribe(RUN_EVENTS, { runId: run.id });
    await events.done;
    expect(events.items.map((item) => item['seq'])).toEqual(Array.from({ length: 502 }, (_, index) => index + 1));
  });

  it('says where history is gone', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, stepSucceeded('a', 1)]);
    await log.append(run, [stepSucceeded('a', 2), SUCCEEDED]);
    await log.prune(run, 2);
    const events = open().subscribe(RUN_EVENTS, { runId: run.id });
    await events.done;
    expect(events.items[0]).toEqual({ __typename: 'Gap', from: 1, to: 2 });
    expect(events.items.slice(1).map((item) => item['seq'])).toEqual([3, 4]);
  });

  it('says that the whole history is gone, from the cursor on, and completes', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, stepSucceeded('a', 1), SUCCEEDED]);
    const all = open().subscribe(RUN_EVENTS, { runId: run.id });
    await all.done;
    await log.prune(run, 3);
    const gone = open().subscribe(RUN_EVENTS, { runId: run.id });
    await gone.done;
    expect(gone.items).toEqual([{ __typename: 'Gap', from: 1, to: 3 }]);
    const rest = open().subscribe(RUN_EVENTS, { runId: run.id, after: all.items[0]?.['cursor'] });
    await rest.done;
    expect(rest.items).toEqual([{ __typename: 'Gap', from: 2, to: 3 }]);
    const nothing = open().subscribe(RUN_EVENTS, { runId: run.id, after: all.items[2]?.['cursor'] });
    await nothing.done;
    expect(nothing.items).toEqual([]);
  });

  it('says where history in the middle and at the end is gone', async () => {
    const run = await startRun();
    await log.append(run, [STARTED]);
    for (let chunk = 0; chunk < 3; chunk += 1) {
      await log.append(
        run,
        Array.from({ length: 300 }, (_, index) => stepSucceeded('a', index)),
      );
    }
    await log.append(run, [SUCCEEDED]);
    await log.forget(run, [302, 902]);
    const events = open().subscribe(RUN_EVENTS, { runId: run.id });
    await events.done;
    expect(events.items.filter((item) => item['__typename'] === 'Gap')).toEqual([
      { __typename: 'Gap', from: 302, to: 601 },
      { __typename: 'Gap', from: 902, to: 902 },
    ]);
    expect(events.items).toHaveLength(1 + 300 + 300 + 2);
  });

  it.each(['garbage', Buffer.from('["events","another",1]').toString('base64url')])(
    'refuses the cursor %s',
    async (after) => {
      const run = await startRun();
      const events = open().subscribe(RUN_EVENTS, { runId: run.id, after });
      await events.done;
      expect(events.errors[0]?.extensions?.['code']).toBe('IA_API_INVALID');
    },
  );

  it('is the same log that Run.events pages through, both ways', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, stepSucceeded('a', 1), stepSucceeded('a', 2)]);
    await log.append(run, [SUCCEEDED]);
    const query = `query ($id: ID!, $first: Int, $after: String, $last: Int) { node(id: $id) { ... on Run {
      status steps { nodes { stepId status output } }
      events(first: $first, after: $after, last: $last) { nodes { seq cursor } pageInfo { hasNextPage endCursor } } } } }`;
    const page = async (variables: object) => (await ask(api, token, query, { id: run.id, ...variables }))['node'];
    const first = await page({ first: 3 });
    expect(first).toMatchObject({
      status: 'succeeded',
      steps: { nodes: [{ stepId: 'a', status: 'succeeded', output: 2 }] },
    });
    const seqs = (node: typeof first) => node.events.nodes.map((event: { seq: number }) => event.seq);
    expect([seqs(first), first.events.pageInfo.hasNextPage]).toEqual([[1, 2, 3], true]);
    expect(seqs(await page({ first: 3, after: first.events.pageInfo.endCursor }))).toEqual([4]);
    expect(seqs(await page({ last: 2 }))).toEqual([3, 4]);
    const feed = open().subscribe(RUN_EVENTS, { runId: run.id, after: first.events.nodes[2].cursor });
    await feed.done;
    expect(feed.items.map((item) => item['seq'])).toEqual([4]);
  });

  it('comes over server-sent events as well', async () => {
    const run = await startRun();
    await log.append(run, [STARTED, SUCCEEDED]);
    const response = await fetch(api.graphqlUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: RUN_EVENTS, variables: { runId: run.id } }),
    });
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect([...text.matchAll(/"seq":(\d+)/g)].map((match) => match[1])).toEqual(['1', '2']);
    expect(text).toContain('event: complete');
  });
});

const idOfToken = async (secret: string): Promise<string> => {
  const query = '{ tenant(slug: "acme") { apiTokens { nodes { id prefix } } } }';
  const { nodes } = (await ask(api, token, query))['tenant'].apiTokens;
  return nodes.find((node: { prefix: string }) => node.prefix === secret.slice(0, 8)).id;
};

const revoke = async (secret: string): Promise<void> => {
  const query = 'mutation ($id: ID!) { revokeApiToken(input: { id: $id }) { kind: __typename } }';
  const { revokeApiToken } = await ask(api, token, query, { id: await idOfToken(secret) });
  expect(revokeApiToken.kind).toBe('RevokeApiTokenSuccess');
};

describe('server-sent events', () => {
  it('end with an error when the token is revoked, and the API goes on', async () => {
    const run = await startRun();
    await log.append(run, [STARTED]);
    const shortLived = await tenant.apiToken(['RUNS_READ']);
    const response = await fetch(api.graphqlUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${shortLived}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: RUN_EVENTS, variables: { runId: run.id } }),
    });
    const text = response.text();
    await revoke(shortLived);
    expect(await text).toContain('IA_API_UNAUTHENTICATED');
    expect((await ask(api, token, '{ __typename }'))['__typename']).toBe('Query');
  });
});

describe('a websocket', () => {
  it.each([['ia_' + 'x'.repeat(43)], ['not-a-session'], ['']])(
    'with the credential %j is closed with 4401',
    async (wrong) => {
      const socket = open(wrong);
      socket.subscribe('{ viewer { principalKind } }', {});
      expect((await socket.closed).code).toBe(4401);
    },
  );

  it('answers queries as its principal', async () => {
    const answer = open().subscribe('{ viewer { principalKind } }', {});
    await answer.done;
    expect(answer.data).toEqual([{ viewer: { principalKind: 'token' } }]);
  });

  it.each(['{ viewer {', '{ nothing }', `{ ${'__typename '.repeat(6_000)} }`])(
    'answers a wrong document with errors and stays open (%#)',
    async (query) => {
      const socket = open();
      const wrong = socket.subscribe(query, {});
      await wrong.done;
      expect(wrong.errors.length).toBeGreaterThan(0);
      const right = socket.subscribe('{ __typename }', {});
      await right.done;
      expect(right.data).toEqual([{ ['__typename']: 'Query' }]);
    },
  );

  it('loses its subscriptions when the token is revoked', async () => {
    const run = await startRun();
    await log.append(run, [STARTED]);
    const shortLived = await tenant.apiToken(['RUNS_READ', 'TENANT_READ']);
    const socket = open(shortLived);
    const events = socket.subscribe(RUN_EVENTS, { runId: run.id });
    await events.waitFor(1);
    await revoke(shortLived);
    expect((await socket.closed).code).toBe(4401);
    await log.append(run, [stepSucceeded('a', 1)]);
    expect(events.items).toHaveLength(1);
  });

  it('is closed with 4429 for a second connection_init and 4400 for what is no message', async () => {
    for (const [message, code] of [
      ['{"type":"connection_init"}', 4429],
      ['{"type":"nonsense"}', 4400],
    ] as const) {
      const raw = new WebSocket(api.websocketUrl, 'graphql-transport-ws');
      const closed = new Promise<number>((resolve) => raw.addEventListener('close', (event) => resolve(event.code)));
      raw.addEventListener('open', () => {
        raw.send('{"type":"connection_init"}');
        raw.send(message);
      });
      expect(await closed).toBe(code);
    }
  });
});
