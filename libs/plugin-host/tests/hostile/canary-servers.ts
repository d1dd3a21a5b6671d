import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Servers that a plugin must not reach, and one that it may, which tries to lead it to the others. */
export type CanaryServers = {
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly grantedPort: number;
  /** Who was reached that must not be, since the last call. */
  readonly takeHits: () => readonly string[];
  readonly close: () => Promise<void>;
};

export type CanaryServersInit = { readonly unixPath: string; readonly content: string };

const BOMB = gzipSync(Buffer.alloc(64 << 20));

export const startCanaryServers = async ({ unixPath, content }: CanaryServersInit): Promise<CanaryServers> => {
  const hits: string[] = [];
  const http = createHttpServer((request, response) => {
    hits.push(`http ${request.url}`);
    response.setHeader('access-control-allow-origin', '*');
    if (request.url?.endsWith('.mjs') === true) response.setHeader('content-type', 'text/javascript');
    response.end(request.url?.endsWith('.mjs') === true ? `export default ${JSON.stringify(content)};` : content);
  });
  const granted = createHttpServer(answerGranted(hits));
  const sockets = new Set<Socket>();
  const answerWith = (name: string) => (socket: Socket) => {
    hits.push(name);
    sockets.add(socket.on('error', () => {}));
    socket.end(content);
  };
  const tcp = createTcpServer(answerWith('tcp'));
  const unix = createTcpServer(answerWith('unix'));
  const udp = createSocket('udp4').on('message', () => hits.push('udp'));
  const [httpPort, grantedPort, tcpPort] = await Promise.all([listen(http), listen(granted), listen(tcp)]);
  await once(unix.listen(unixPath), 'listening');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  return {
    httpPort,
    grantedPort,
    tcpPort,
    udpPort: udp.address().port,
    takeHits: () => hits.splice(0),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [http, granted]) server.closeAllConnections();
      await Promise.all([http, granted, tcp, unix].map((server) => new Promise((resolve) => server.close(resolve))));
      await new Promise<void>((resolve) => udp.close(() => resolve()));
    },
  };
};

const listen = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

/** Answers a plugin that may ask, and notes what no honest client sends. */
const answerGranted =
  (hits: string[]) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://granted');
    const { host = '', upgrade } = request.headers;
    if (url.pathname === '/smuggled') hits.push(`smuggled ${url.pathname}`);
    if (host.includes('internal') || request.headers['x-smuggled'] !== undefined) hits.push(`smuggled header ${host}`);
    if (upgrade !== undefined || request.method === 'CONNECT' || request.method === 'TRACE')
      hits.push('smuggled method');
    request.resume();
    if (url.pathname === '/to') response.writeHead(307, { location: url.searchParams.get('url') ?? '/' }).end();
    else if (url.pathname === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB);
    else if (url.pathname === '/endless') pourForever(response);
    else if (url.pathname === '/silent') response.writeHead(200).write('.');
    else response.end('granted');
  };

const pourForever = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(1 << 16, 120);
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
};
