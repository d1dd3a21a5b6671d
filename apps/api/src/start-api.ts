import { createBlobStore } from '@ia-modules/blobs';
import { createDatabase, createListener, createTokenVerifier } from '@ia-modules/database';
import { createSecretSealer } from '@ia-modules/secrets';
import { listen } from '@ia-modules/service';
import type { Logger } from 'pino';
import { createAuth } from './auth/auth.ts';
import { createPrincipalResolver } from './auth/principal-resolver.ts';
import type { ApiConfig } from './config.ts';
import type { ApiServices } from './context.ts';
import { createGraphqlServer } from './graphql/server.ts';
import { createOriginPolicy } from './http/cors.ts';
import { createRouter } from './http/router.ts';
import { createWebsocketEndpoint } from './http/websocket.ts';
import { createRunWakeups } from './runs/run-wakeups.ts';

const REQUEST_TIMEOUT_MS = 30_000;

export type RunningApi = {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops to accept, lets open requests finish for a few seconds, and gives every connection back. */
  readonly stop: () => Promise<void>;
};

type OpenServices = { readonly services: ApiServices; readonly close: () => Promise<void> };

/** Opens what lives as long as the process; nothing listens for requests yet. */
export const openServices = (config: ApiConfig, logger: Logger): OpenServices => {
  const blobs = createBlobStore(config.blobUrl);
  const database = createDatabase({ url: config.databaseUrl });
  const listener = createListener(config.databaseUrl);
  const auth = createAuth(config);
  const tokens = createTokenVerifier(database.pool, { listener });
  const principals = createPrincipalResolver({ auth, database, tokens });
  const wakeups = createRunWakeups(listener);
  const sealer = createSecretSealer(config.secretKeys);
  const { publicApiUrl, platformAdmins } = config;
  return {
    services: { database, auth, principals, wakeups, blobs, sealer, publicApiUrl, platformAdmins, logger },
    close: async () => {
      // First, as it may still try to connect, and others wait for that.
      await listener.close();
      await tokens.close();
      await Promise.all([auth.close(), database.close()]);
    },
  };
};

/** Starts the API in this process. */
export const startApi = async (config: ApiConfig, log: Logger): Promise<RunningApi> => {
  const { services, close } = openServices(config, log);
  const policy = createOriginPolicy(config);
  const graphql = createGraphqlServer(config, services);
  const websocket = createWebsocketEndpoint({ services, graphql, policy });
  const listener = await listen({
    addresses: config.addresses,
    port: config.port,
    portVariable: 'IA_API_PORT',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onRequest: createRouter({ services, graphql, policy }),
    onUpgrade: websocket.handleUpgrade,
  });
  return {
    url: `http://localhost:${listener.port}`,
    port: listener.port,
    stop: async () => {
      await websocket.close();
      await listener.close();
      await close();
    },
  };
};
