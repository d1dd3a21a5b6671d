import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

export type LocalServer = {
  readonly origin: string;
  readonly port: number;
  /** All that arrived so far, oldest first. */
  readonly seen: Seen[];
  readonly close: () => Promise<void>;
};

/** Starts an HTTP server on a free port of this machine. */
export const listen = async (
  answer: (request: Seen, response: ServerResponse) => void | Promise<void>,
): Promise<LocalServer> => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const { method = '', headers } = request;
      const arrived = { method, path: pathname, query: searchParams, headers, body: Buffer.concat(chunks) };
      seen.push(arrived);
      void answer(arrived, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Answers with JSON. */
export const sendJson = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

/** A port on which nobody listens any more. */
export const closedPort = async (): Promise<number> => {
  const server = await listen(() => {});
  await server.close();
  return server.port;
};
