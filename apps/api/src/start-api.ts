import { createBlobStore } from '@ia-modules/blobs';
import { createDatabase, createListener, createPool, createTokenVerifier, type Listener } from '@ia-modules/database';
import { createPluginAdmission } from '@ia-modules/plugin-admission';
import { createKeyRing } from '@ia-modules/plugin-signatures';
import { createSecretSealer } from '@ia-modules/secrets';
import { listen } from '@ia-modules/service';
import type { Logger } from 'pino';
import { createAuth } from './auth/auth.ts';
import { createPrincipalResolver } from './auth/principal-resolver.ts';
import type { ApiConfig } from './config.ts';
import type { ApiServices } from './context.ts';
import { createFlagReader } from './flags/flag-reader.ts';
import { useCursorSecret } from './cursor-signature.ts';
import { createGraphqlServer } from './graphql/server.ts';
import { createOriginPolicy } from './http/cors.ts';
import { LoopGuard } from './http/loop-guard.ts';
import { createRouter } from './http/router.ts';
import { SocketGuard } from './http/socket-guard.ts';
import { createWebsocketEndpoint } from './http/websocket.ts';
import { MailQueue } from './mail/mail-queue.ts';
import { startMailSender } from './mail/mail-sender.ts';
import { createLiveServices } from './live/live-services.ts';
import { createMailTransport } from './mail/mail-transport.ts';
import { createExportLinks } from './tenants/export/export-links.ts';
import { createTenantChores, type TenantChores } from './tenants/tenant-chores.ts';

const REQUEST_TIMEOUT_MS = 30_000;

export type RunningApi = {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops to accept, lets open requests finish for a few seconds, and gives every connection back. */
  readonly stop: () => Promise<void>;
};

/** Each is one short statement. */
const MAX_LOOKUPS = 4;

type OpenServices = {
  readonly services: ApiServices;
  readonly listener: Listener;
  readonly chores: TenantChores;
  readonly close: () => Promise<void>;
};

/** Opens what lives as long as the process; nothing listens for requests yet. */
export const openServices = (config: ApiConfig, logger: Logger): OpenServices => {
  const blobs = createBlobStore(config.blobUrl);
  const database = createDatabase({ url: config.databaseUrl });
  const lookups = createPool({ url: config.databaseUrl, maxConnections: MAX_LOOKUPS });
  const listener = createListener(config.databaseUrl);
  const mails = new MailQueue(database.pool);
  const auth = createAuth({ config, database, mails });
  const tokens = createTokenVerifier(lookups, { listener });
  const principals = createPrincipalResolver({ auth, lookups, tokens });
  const live = createLiveServices({
    limits: config.live,
    databaseUrl: config.databaseUrl,
    listener,
    principals,
    logger,
  });
  const keys = createKeyRing({ pool: lookups, listener, trustedKeyIds: config.trustedRegistryKeys });
  const sealer = createSecretSealer(config.secretKeys);
  const { exportKeepDays, tenantGraceDays, maxTenantsPerPerson, authSecret: secret } = config;
  const chores = createTenantChores({ database, blobs, logger, exportKeepDays });
  const { publicApiUrl, publicPortalUrl, platformAdmins, signIn } = config;
  return {
    services: {
      database,
      lookups,
      auth,
      principals,
      live,
      blobs,
      sealer,
      mails,
      publicApiUrl,
      publicPortalUrl,
      platformAdmins,
      signIn,
      logger,
      flags: createFlagReader(lookups),
      admission: createPluginAdmission({ pool: lookups, keys }),
      exportLinks: createExportLinks({ secret, publicApiUrl }),
      choreWakeup: chores,
      tenantGraceDays,
      maxTenantsPerPerson,
    },
    listener,
    chores,
    close: async () => {
      await live.close();
      // First, as it may still try to connect, and others wait for that.
      await listener.close();
      await Promise.all([tokens.close(), keys.close()]);
      await Promise.all([auth.close(), database.close(), lookups.end()]);
    },
  };
};

const startMail = (config: ApiConfig, { services, listener }: OpenServices): { close(): Promise<void> } => {
  const transport = createMailTransport(config.mail);
  const { mails: queue, publicPortalUrl: portalUrl, logger } = services;
  const sender = startMailSender({ queue, transport, listener, portalUrl, logger });
  return {
    close: async () => {
      await sender.close();
      transport.close();
    },
  };
};

/** What stands between a socket and GraphQL. */
const createEntry = (config: ApiConfig, services: ApiServices) => {
  const policy = createOriginPolicy(config);
  const graphql = createGraphqlServer(config, services);
  const websocket = createWebsocketEndpoint({ services, graphql, policy, limits: config.live });
  const guard = new LoopGuard();
  const sockets = new SocketGuard({ maxPerAddress: config.transport.connectionsPerAddress });
  const drain = new AbortController();
  return {
    onRequest: createRouter({ config, services, graphql, policy, guard, draining: drain.signal }),
    onUpgrade: websocket.handleUpgrade,
    onConnection: sockets.watch,
    close: async () => {
      drain.abort();
      guard.stop();
      sockets.stop();
      await websocket.close();
    },
  };
};

const serve = async (config: ApiConfig, open: OpenServices): Promise<RunningApi> => {
  const { close: closeEntry, ...entry } = createEntry(config, open.services);
  const { addresses, port } = config;
  const listener = await listen({
    addresses,
    port,
    portVariable: 'IA_API_PORT',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    ...entry,
  }).catch(async (error: unknown) => {
    await closeEntry();
    throw error;
  });
  const mail = startMail(config, open);
  open.chores.start();
  return {
    url: `http://localhost:${listener.port}`,
    port: listener.port,
    stop: async () => {
      await closeEntry();
      await listener.close();
      // It may still try to connect, and the others wait for that.
      await open.listener.close();
      await mail.close();
      await open.chores.stop();
      await open.close();
    },
  };
};

/** Starts the API in this process. When it can't be started, nothing of it stays open. */
export const startApi = async (config: ApiConfig, log: Logger): Promise<RunningApi> => {
  useCursorSecret(config.authSecret);
  const open = openServices(config, log);
  try {
    return await serve(config, open);
  } catch (error) {
    await open.close();
    throw error;
  }
};
