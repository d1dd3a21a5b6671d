import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@ia-modules/plugin-sdk';

const HEADERS_TIMEOUT_MS = 10_000;
/** How often slow headers and requests are looked for. */
const TIMEOUT_CHECK_MS = 2_000;
const KEEP_ALIVE_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
/** How long open requests may take to finish once the server stops. */
const DRAIN_MS = 5_000;
const IDLE_CHECK_MS = 50;
const MAX_PORT_ATTEMPTS = 10;

export type ListenInit = Readonly<{
  addresses: readonly string[];
  /** 0 picks a port that is free on every address. */
  port: number;
  /** The setting to change when the port is taken. */
  portVariable: string;
  requestTimeoutMs: number;
  onRequest: RequestListener;
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Told of each connection before anything is read from it. */
  onConnection?: (socket: Socket) => void;
}>;

export type Listener = Readonly<{
  port: number;
  /** Accepts nothing more and lets open requests finish for a few seconds. */
  close(): Promise<void>;
}>;

/** Serves HTTP on one port of every address, so that a name which means several of them works. */
export const listen = async (init: ListenInit): Promise<Listener> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryListen(init);
    } catch (error) {
      const isTaken = hasCode(error, ['EADDRINUSE']);
      if (isTaken && init.port === 0 && attempt < MAX_PORT_ATTEMPTS) continue;
      throw isTaken || hasCode(error, ['EACCES']) ? portRefused(init, error) : error;
    }
  }
};

const tryListen = async (init: ListenInit): Promise<Listener> => {
  const servers: Server[] = [];
  let { port } = init;
  for (const host of init.addresses) {
    const server = createHttpServer(init);
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 has no ::1: then 127.0.0.1 alone is localhost.
      if (servers.length > 0 && hasCode(error, ['EADDRNOTAVAIL', 'EAFNOSUPPORT'])) continue;
      await drain(servers);
      throw error;
    }
  }
  return { port, close: () => drain(servers) };
};

const createHttpServer = ({ onRequest, onUpgrade, onConnection, requestTimeoutMs }: ListenInit): Server => {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    onRequest,
  );
  server.maxHeadersCount = MAX_HEADERS;
  if (onConnection !== undefined) server.on('connection', onConnection);
  return onUpgrade === undefined ? server : server.on('upgrade', onUpgrade);
};

const drain = async (servers: readonly Server[]): Promise<void> => {
  const closed = servers.map((server) => once(server, 'close'));
  for (const server of servers) server.close();
  // A connection that is kept alive is idle once its request is answered, and would hold the server until it times out.
  const idle = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, IDLE_CHECK_MS);
  const timeout = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, DRAIN_MS);
  await Promise.all(closed);
  clearInterval(idle);
  clearTimeout(timeout);
};

const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

const portRefused = ({ port, portVariable }: ListenInit, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `Port ${port} is taken by another process, or reserved.`,
    hint: `Stop that process, or set ${portVariable} to a free port.`,
    fault: 'infra',
    cause,
  });
