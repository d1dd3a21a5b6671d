import type { Server } from 'node:http';
import { createDatabase, createListener, createTokenVerifier } from '@ia-modules/database';
import { type Logger, pino } from 'pino';
import { createAuth } from './auth/auth.ts';
import { createPrincipalResolver } from './auth/principal-resolver.ts';
import type { ApiConfig } from './config.ts';
import type { ApiServices } from './context.ts';
import { createGraphqlServer } from './graphql/server.ts';
import { createOriginPolicy } from './http/cors.ts';
import { listen } from './http/listen.ts';
import { createRouter } from './http/router.ts';
import { createWebsocketEndpoint } from './http/websocket.ts';
import { createRunWakeups } from './runs/run-wakeups.ts';

const DRAIN_MS = 5_000;
const REDACTED_PATHS = ['*.password', '*.token', '*.authorization', '*.cookie', 'err.query', 'err.parameters'];

export type RunningApi = {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops to accept, lets open requests finish for a few seconds, and gives every connection back. */
  readonly close: () => Promise<void>;
};

type OpenServices = { readonly services: ApiServices; readonly close: () => Promise<void> };

const createLogger = ({ logLevel }: ApiConfig): Logger =>
  pino({ name: 'api', level: logLevel, redact: REDACTED_PATHS });

/** Opens what lives as long as the process; nothing listens for requests yet. */
export const openServices = (config: ApiConfig): OpenServices => {
  const database = createDatabase({ url: config.databaseUrl });
  const listener = createListener(config.databaseUrl);
  const auth = createAuth(config);
  const tokens = createTokenVerifier(database.pool, { listener });
  const principals = createPrincipalResolver({ auth, database, tokens });
  const wakeups = createRunWakeups(listener);
  return {
    services: { database, auth, principals, wakeups, logger: createLogger(config) },
    close: async () => {
      // First, as it may still try to connect, and others wait for that.
      await listener.close();
      await tokens.close();
      await Promise.all([auth.close(), database.close()]);
    },
  };
};

const drain = async (servers: readonly Server[]): Promise<void> => {
  const closed = servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
  for (const server of servers) server.closeIdleConnections();
  const timer = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, DRAIN_MS);
  await Promise.all(closed);
  clearTimeout(timer);
};

/** Starts the API in this process. */
export const startApi = async (config: ApiConfig): Promise<RunningApi> => {
  const { services, close } = openServices(config);
  const policy = createOriginPolicy(config);
  const graphql = createGraphqlServer(config, services);
  const websocket = createWebsocketEndpoint({ services, graphql, policy });
  const { servers, port } = await listen({
    hosts: config.hosts,
    port: config.port,
    onRequest: createRouter({ services, graphql, policy }),
    onUpgrade: websocket.handleUpgrade,
  });
  services.logger.info({ port }, 'the API listens');
  return {
    url: `http://localhost:${port}`,
    port,
    close: async () => {
      await websocket.close();
      await drain(servers);
      await close();
    },
  };
};
