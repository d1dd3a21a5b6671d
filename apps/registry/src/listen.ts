import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PlatformError } from '@ia-modules/plugin-sdk';

export type Listener = Readonly<{ port: number; close(): Promise<void> }>;

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;

/** Listens on a port; on loopback over IPv4 and IPv6, since `localhost` may mean either. Port 0 takes a free one. */
export async function listen(handler: RequestListener, host: string, port: number): Promise<Listener> {
  if (!LOOPBACK_HOSTS.has(host)) return asListener([await open(handler, host, port)]);
  const first = await open(handler, '127.0.0.1', port);
  try {
    return asListener([first, await open(handler, '::1', portOf(first))]);
  } catch (error) {
    // A machine without IPv6 is fine; a port that another process holds there is not.
    if (hasCode(error, NO_SUCH_ADDRESS)) return asListener([first]);
    await close(first);
    throw error;
  }
}

function asListener(servers: readonly [Server, ...Server[]]): Listener {
  return {
    port: portOf(servers[0]),
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

async function open(handler: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, handler);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw hasCode(error, ['EADDRINUSE', 'EACCES']) ? portRefused(host, port, error) : error;
  }
  return server;
}

function portRefused(host: string, port: number, cause: unknown): PlatformError {
  return new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `The registry can't listen on ${host} port ${port}: another process has it, or it is reserved.`,
    hint: 'Stop that process, or set IA_REGISTRY_PORT to a free port.',
    cause,
  });
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
