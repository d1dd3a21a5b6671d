import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTestApi } from '@ia-modules/api/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SLOW_READER, SLOW_READER_MS, SocketConnection } from '../src/live/socket-connection.ts';
import { ask, signUp } from './graphql-client.ts';
import { type LiveStage, openLiveStage } from './live-stage.ts';
import { STARTED, stepSucceeded, SUCCEEDED } from './run-log-writer.ts';
import { RUN_EVENTS } from './socket-client.ts';

let stage: LiveStage;

beforeAll(async () => {
  stage = await openLiveStage();
});
afterAll(() => stage?.close());

type Pair = {
  readonly connection: SocketConnection;
  /** The server's end. */
  readonly webSocket: WebSocket;
  readonly client: WebSocket;
  close(): Promise<void>;
};

const openPair = async (): Promise<Pair> => {
  const http = createServer();
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const opened = Promise.withResolvers<Pick<Pair, 'connection' | 'webSocket'>>();
  http.on('upgrade', (request, stream, head) => {
    server.handleUpgrade(request, stream, head, (webSocket) => {
      opened.resolve({ connection: new SocketConnection(webSocket, stream, performance.now()), webSocket });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await once(client, 'open');
  return {
    ...(await opened.promise),
    client,
    close: async () => {
      client.terminate();
      server.close();
      http.close();
      await once(http, 'close');
    },
  };
};

const MESSAGE = 'x'.repeat(64 * 1_024);

/** Sends until the connection asks to wait; resolves with what it waits for. */
const fill = (connection: SocketConnection): Promise<void> => {
  for (let count = 0; count < 10_000; count += 1) {
    const waits = connection.send(MESSAGE);
    if (waits !== undefined) return waits;
  }
  throw new Error('The connection never asked to wait.');
};

describe('a socket whose client does not read', () => {
  it('makes the sender wait, goes on when the client reads, and has lost nothing', async () => {
    const pair = await openPair();
    const { connection, client } = pair;
    let received = 0;
    client.on('message', () => {
      received += 1;
    });
    client.pause();
    let isThrough = false;
    const waiting = (async () => {
      await fill(connection);
      isThrough = true;
    })();
    connection.look(performance.now() + SLOW_READER_MS / 2);
    expect(isThrough).toBe(false);
    client.resume();
    await waiting;
    connection.close(1000, 'done');
    await once(client, 'close');
    expect(received).toBeGreaterThan(4);
    await pair.close();
  });

  it('is not listened to either, so that it can not ask for more than it takes', async () => {
    const pair = await openPair();
    const { connection, webSocket, client } = pair;
    client.pause();
    const waiting = fill(connection);
    expect(webSocket.isPaused).toBe(true);
    const heard = once(webSocket, 'message');
    client.send('ping');
    client.resume();
    await waiting;
    expect(String((await heard)[0])).toBe('ping');
    await pair.close();
  });

  it('answers the pings of a client that reads', async () => {
    const pair = await openPair();
    const answered = once(pair.client, 'pong');
    pair.client.ping('here');
    expect(String((await answered)[0])).toBe('here');
    await pair.close();
  });

  it('is closed with 4413 when that takes too long', async () => {
    const pair = await openPair();
    const { connection, client } = pair;
    client.pause();
    void fill(connection);
    connection.look(performance.now() + SLOW_READER_MS + 1_000);
    client.resume();
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([SLOW_READER, 'IA_API_SLOW_READER']);
    await pair.close();
  });

  it('is dropped when it answers neither pings nor the goodbye', async () => {
    const pair = await openPair();
    const { connection, client } = pair;
    client.pause();
    const ended = once(client, 'close');
    connection.look(performance.now() + 20_000);
    connection.look(performance.now() + 40_000);
    client.resume();
    expect((await ended)[0]).toBe(1006);
    await pair.close();
  });
});

describe('a subscriber that does not read for a while', () => {
  it('gets every event once it does', async () => {
    const run = await stage.startRun();
    const socket = new WebSocket(stage.api.websocketUrl, 'graphql-transport-ws');
    await once(socket, 'open');
    const done = Promise.withResolvers<void>();
    const seqs: number[] = [];
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString());
      if (message.type === 'connection_ack') {
        socket.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query: RUN_EVENTS, variables: { runId: run.id } } }),
        );
      }
      if (message.type === 'next') seqs.push(message.payload.data.runEvents.seq);
      if (message.type === 'next' && seqs.length === 1) socket.pause();
      if (message.type === 'complete') done.resolve();
    });
    await stage.log.append(run, [STARTED]);
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${stage.token}` } }));
    const large = { ...stepSucceeded('a', 1), data: { output: MESSAGE } } as ReturnType<typeof stepSucceeded>;
    for (let count = 0; count < 100; count += 1) await stage.log.append(run, [large]);
    await stage.log.append(run, [SUCCEEDED]);
    socket.resume();
    await done.promise;
    expect(seqs).toEqual(Array.from({ length: 102 }, (_, index) => index + 1));
    socket.close();
  });
});

describe('who may listen', () => {
  it('a member who is removed loses the subscriptions of the tenant, and the socket stays', async () => {
    const session = await signUp(stage.api, 'leaver@example.com');
    const auth = new Client({ connectionString: stage.database.urls.auth });
    await auth.connect();
    const { rows } = await auth.query('select id from "user" where email = $1', ['leaver@example.com']);
    const member = [stage.tenant.tenantId, rows[0].id];
    await auth.query(`insert into "member" ("organizationId", "userId", "role") values ($1, $2, 'viewer')`, member);
    const run = await stage.startRun();
    await stage.log.append(run, [STARTED]);
    const socket = stage.open({ token: session.token });
    const events = socket.subscribe(RUN_EVENTS, { runId: run.id });
    await events.waitFor(1);
    await auth.query('delete from "member" where "organizationId" = $1 and "userId" = $2', member);
    await events.done;
    expect(events.errors[0]?.extensions?.['code']).toBe('IA_API_NOT_FOUND');
    const still = socket.subscribe('{ viewer { principalKind } }', {});
    await still.done;
    expect(still.data).toEqual([{ viewer: { principalKind: 'user' } }]);
    await auth.end();
  });

  it('a session that ends takes its socket along', async () => {
    const session = await signUp(stage.api, 'ender@example.com');
    const socket = stage.open({ token: session.token });
    const answer = socket.subscribe('{ __typename }', {});
    await answer.done;
    const auth = new Client({ connectionString: stage.database.urls.auth });
    await auth.connect();
    await auth.query(`delete from "session" using "user" where "user".id = "session"."userId" and email = $1`, [
      'ender@example.com',
    ]);
    expect((await socket.closed).code).toBe(4401);
    await auth.end();
  });

  it('a stranger and a random id get the same answer', async () => {
    const { token } = await signUp(stage.api, 'stranger@example.com');
    const run = await stage.startRun();
    const foreign = stage.open({ token }).subscribe(RUN_EVENTS, { runId: run.id });
    const [type, tenant] = Buffer.from(run.id, 'base64url').toString('utf8').split(':');
    const random = Buffer.from(`${type}:${tenant}:${crypto.randomUUID()}`).toString('base64url');
    const none = stage.open().subscribe(RUN_EVENTS, { runId: random });
    await Promise.all([foreign.done, none.done]);
    expect(foreign.errors[0]?.extensions).toEqual(none.errors[0]?.extensions);
    expect(foreign.errors[0]?.message).toEqual(none.errors[0]?.message);
  });
});

describe('what one caller may take', () => {
  it('has a limit of sockets by address and of subscriptions by caller', async () => {
    const api = await startTestApi(stage.database, {
      IA_MAX_SOCKETS_PER_ADDRESS: '1',
      IA_MAX_SUBSCRIPTIONS_PER_CALLER: '2',
    });
    const run = await stage.startRun();
    await stage.log.append(run, [STARTED]);
    const socket = stage.open({ api });
    const feeds = [1, 2].map(() => socket.subscribe(RUN_EVENTS, { runId: run.id }));
    await Promise.all(feeds.map((feed) => feed.waitFor(1)));
    const third = socket.subscribe(RUN_EVENTS, { runId: run.id });
    await third.done;
    expect(third.errors[0]?.extensions?.['code']).toBe('IA_API_LIMIT');
    const refused = new WebSocket(api.websocketUrl, 'graphql-transport-ws');
    const [error] = await once(refused, 'error');
    expect(String(error)).toContain('429');
    await stage.log.append(run, [SUCCEEDED]);
    await Promise.all(feeds.map((feed) => feed.done));
    const fourth = socket.subscribe(RUN_EVENTS, { runId: run.id });
    await fourth.done;
    expect(fourth.items).toHaveLength(2);
    await api.close();
  });

  it('says goodbye with 1001 when the process ends', async () => {
    const api = await startTestApi(stage.database);
    const socket = stage.open({ api });
    const answer = socket.subscribe('{ __typename }', {});
    await answer.done;
    await api.close();
    expect((await socket.closed).code).toBe(1001);
    expect(await ask(stage.api, stage.token, '{ __typename }')).toEqual({ __typename: 'Query' });
  });
});
