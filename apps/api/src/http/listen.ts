import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@ia-modules/plugin-sdk';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_PORT_ATTEMPTS = 10;

type Address = { readonly host: string; readonly port: number };

export type ListenInit = {
  readonly hosts: readonly string[];
  /** 0 picks a port that is free on every host. */
  readonly port: number;
  readonly onRequest: RequestListener;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
};

const open = async (server: Server, address: Address): Promise<number> => {
  const opened = Promise.withResolvers<void>();
  server.once('error', opened.reject);
  server.listen({ ...address, exclusive: true }, opened.resolve);
  await opened.promise;
  server.removeListener('error', opened.reject);
  return (server.address() as AddressInfo).port;
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** A machine without IPv6 has no ::1: then 127.0.0.1 alone is localhost. */
const isMissingAddress = (error: unknown): boolean => ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error));

const createHttpServer = ({ onRequest, onUpgrade }: ListenInit): Server => {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, onRequest);
  return server.on('upgrade', onUpgrade);
};

const closeAll = (servers: readonly Server[]): void => {
  for (const server of servers) server.close();
};

const tryListen = async (init: ListenInit): Promise<{ readonly servers: Server[]; readonly port: number }> => {
  const servers: Server[] = [];
  let { port } = init;
  for (const host of init.hosts) {
    const server = createHttpServer(init);
    try {
      port = await open(server, { host, port });
      servers.push(server);
    } catch (error) {
      if (servers.length > 0 && isMissingAddress(error)) continue;
      closeAll(servers);
      throw error;
    }
  }
  return { servers, port };
};

/** Listens on one port of every host, so that a name which means several of them works. */
export const listen = async (
  init: ListenInit,
): Promise<{ readonly servers: readonly Server[]; readonly port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryListen(init);
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      if (init.port === 0 && attempt < MAX_PORT_ATTEMPTS) continue;
      throw new PlatformError({
        code: 'IA_CONFIG_INVALID',
        message: `Port ${init.port} is taken.`,
        hint: 'Stop what uses it, or set IA_API_PORT to another port.',
        fault: 'infra',
        cause: error,
      });
    }
  }
};
