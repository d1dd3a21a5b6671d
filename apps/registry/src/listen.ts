import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Listener = Readonly<{ port: number; close(): Promise<void> }>;

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const NO_SUCH_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);
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
    if (error instanceof Error && 'code' in error && NO_SUCH_ADDRESS.has(String(error.code)))
      return asListener([first]);
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
  await once(server, 'listening');
  return server;
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
