import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, makeServer, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiServices } from '../context.ts';
import { GRAPHQL_PATH, type GraphqlServer, MAX_BODY_BYTES } from '../graphql/server.ts';
import type { LiveConfig } from '../live/live-config.ts';
import { SLOW_READER, SocketConnection } from '../live/socket-connection.ts';
import { networkOf } from '../traffic/caller-key.ts';
import { CountedPlaces } from '../traffic/counted-places.ts';
import { isForeign, type OriginPolicy } from './cors.ts';
import { originOf } from './request-origin.ts';
import { socketOptions } from './websocket-operations.ts';

const LOOK_EVERY_MS = 1_000;
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;

export type WebsocketInit = {
  readonly services: ApiServices;
  readonly graphql: GraphqlServer;
  readonly policy: OriginPolicy;
  readonly limits: LiveConfig;
};

export type WebsocketEndpoint = {
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  close(): Promise<void>;
};

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

const onlyTransportWs = (protocols: ReadonlySet<string>): string | false =>
  protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false;

/** GraphQL over websocket at the same path as over http, for the allowed origins and for programs, which send none. */
export const createWebsocketEndpoint = (init: WebsocketInit): WebsocketEndpoint => {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    autoPong: false,
    handleProtocols: onlyTransportWs,
  });
  const protocol = makeServer(socketOptions(init));
  const connections = new Set<SocketConnection>();
  const places = new CountedPlaces(init.limits.maxSocketsPerAddress);
  const looking = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.look(now);
  }, LOOK_EVERY_MS).unref();

  const open = (webSocket: WebSocket, request: IncomingMessage, stream: Duplex): void => {
    const key = `socket ${randomUUID()}`;
    const connection = new SocketConnection(webSocket, stream, performance.now());
    connections.add(connection);
    // What is wrong with a frame or a connection closes it: that is told by `close`.
    webSocket.on('error', () => undefined);
    const closed = protocol.opened(
      {
        protocol: webSocket.protocol,
        send: (text) => {
          const leave = init.graphql.answers.take(key, text.length);
          return leave === null ? connection.close(SLOW_READER, 'IA_API_SLOW_READER') : connection.send(text, leave);
        },
        close: (code = GOING_AWAY, reason = '') => connection.close(code, reason),
        onMessage: (handle) =>
          webSocket.on('message', (data, isBinary) => {
            if (isBinary) return connection.close(UNSUPPORTED_DATA, 'Text only');
            return void handle((data as Buffer).toString()).catch(() =>
              connection.close(CloseCode.InternalServerError, 'Internal error'),
            );
          }),
      },
      { connection, request },
    );
    webSocket.once('close', (code, reason) => {
      connections.delete(connection);
      void closed(code, String(reason));
    });
  };

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const leave =
      places.total < init.limits.maxSockets ? places.take(networkOf(originOf(request).address ?? '')) : null;
    if (leave === null) return refuseUpgrade(stream, '429 Too Many Requests');
    stream.once('close', leave);
    return server.handleUpgrade(request, stream, head, (webSocket) => open(webSocket, request, stream));
  };

  return {
    handleUpgrade: (request, stream, head) => {
      stream.on('error', () => stream.destroy());
      if ((request.url ?? '').split('?', 1)[0] !== GRAPHQL_PATH) return refuseUpgrade(stream, '404 Not Found');
      if (isForeign(init.policy, request)) return refuseUpgrade(stream, '403 Forbidden');
      return upgrade(request, stream, head);
    },
    close: async () => {
      clearInterval(looking);
      const gone = [...server.clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
      for (const connection of connections) connection.close(GOING_AWAY, 'Going away');
      await Promise.race([Promise.all(gone), untilImpatient()]);
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
};

/** Whoever does not answer a goodbye is not waited for. */
const untilImpatient = async (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 2_000).unref();
  await promise;
};
