import type { IncomingMessage } from 'node:http';
import { createBlobStore } from '@ia-modules/blobs';
import {
  type Database,
  type Listener,
  createDatabase,
  createListener,
  createTokenVerifier,
} from '@ia-modules/database';
import { listen } from '@ia-modules/service';
import type { Logger } from 'pino';
import { type Caller, createIdentify } from './access/caller.ts';
import { createCatalogue } from './catalogue/catalogue.ts';
import type { RegistryConfig } from './config.ts';
import { removeErasedScopes, TENANT_ERASED } from './storage/erased-scopes.ts';
import { createDownloads } from './catalogue/downloads.ts';
import { createAnswerCache } from './http/answer-cache.ts';
import { createFront } from './http/front.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { BODY_LIMITS } from './limits.ts';
import { createNoticeSync } from './catalogue/notice-sync.ts';
import { createNotices } from './catalogue/notices.ts';
import { createNpmAccount } from './login/npm-account.ts';
import { createNpmLogin } from './login/npm-login.ts';
import { openGate } from './gate/open-gate.ts';
import { createPackageLock, type PackageLock } from './storage/package-lock.ts';
import { createPackageStore } from './storage/package-store.ts';
import { Publisher } from './catalogue/publisher.ts';
import { readPublicKeys } from './signing/registry-keys.ts';
import { createBodies } from './http/request-body.ts';
import { createRetry } from './retry.ts';
import { search } from './http/search.ts';
import { createStanding } from './catalogue/standing.ts';
import { bootUplink } from './uplink.ts';
import { bootVerdaccio } from './storage/verdaccio.ts';

export type Registry = Readonly<{ port: number; url: string; stop(): Promise<void> }>;

const SETTLE_DELAY_MS = 2_000;
/** Of several tenants that go at once, the packages go together. */
const SWEEP_DELAY_MS = 100;
/** Long enough to publish over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Starts the registry and settles what an earlier process left open before it takes the first request. */
export async function startRegistry(config: RegistryConfig, log: Logger): Promise<Registry> {
  const database = createDatabase({ url: config.databaseUrl });
  const listener = createListener(config.databaseUrl);
  const tokens = createTokenVerifier(database.pool, { listener });
  const lock = createPackageLock(config.databaseUrl);
  const closeDatabase = async () => {
    await lock.close();
    await tokens.close();
    await listener.close();
    await database.close();
  };
  try {
    const base: Base = { config, log, database, listener, withPackageLock: lock.withPackageLock };
    const reading = await openReading(base);
    const writing = await openWriting(base, reading);
    const identify = createIdentify((token) => tokens.verify(token), config.internalToken);
    const front = createFront({
      ...reading,
      ...writing,
      identify,
      readKeys: () => readPublicKeys(database.pool),
      search: (caller, query) => search(database, caller, query),
      npmLogin: createNpmLogin({ database, identify, registryUrl: () => url, portalUrl: config.publicPortalUrl }),
      npmAccount: createNpmAccount(database),
      writeLock: createKeyedLock(),
      log,
    });
    const server = await listen({
      addresses: config.addresses,
      port: config.port,
      portVariable: 'IA_REGISTRY_PORT',
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      onRequest: front,
    });
    const url = config.publicUrl ?? `http://localhost:${server.port}`;
    // Verdaccio's own setting for the start of tarball addresses; else it believes any Host header.
    process.env['VERDACCIO_PUBLIC_URL'] = url;

    const stop = async () => {
      await server.close();
      await writing.stop();
      await reading.stop();
      await closeDatabase();
    };
    return { port: server.port, url, stop };
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}

type Base = Readonly<{
  config: RegistryConfig;
  log: Logger;
  database: Database;
  listener: Listener;
  withPackageLock: PackageLock;
}>;

/** What packages are served from. */
async function openReading({ config, log, database, listener }: Base) {
  const { pool } = database;
  const callers = new WeakMap<IncomingMessage, Caller>();
  const callerOf = (request: IncomingMessage): Caller => callers.get(request) ?? { kind: 'anonymous' };
  const store = createPackageStore(createBlobStore(config.storageUrl, 'IA_REGISTRY_STORAGE'));
  const standing = await createStanding({ pool, listener, log });
  const verdaccio = await bootVerdaccio({ callerOf, store, present: standing.present });
  const uplink = config.uplink === undefined ? null : await bootUplink({ ...config.uplink, pool });
  const downloads = createDownloads({ pool, log });
  const sweep = createRetry(async () => {
    const removed = await removeErasedScopes(pool, store);
    if (removed > 0) log.info({ removed }, 'removed the packages of tenants that are gone');
  }, SWEEP_DELAY_MS);
  sweep.schedule();
  // Not waited for: while the database is away, what comes back announces itself.
  listener.listen(TENANT_ERASED, sweep.schedule, sweep.schedule).catch(() => undefined);
  const stop = async (): Promise<void> => {
    sweep.stop();
    standing.stop();
    await downloads.stop();
    await uplink?.stop();
  };
  return { callers, store, answers: createAnswerCache(), standing, verdaccio, uplink, downloads, stop };
}

/** What packages are changed through; what an earlier process left open is settled. */
async function openWriting(
  { config, log, database, listener, withPackageLock }: Base,
  { store, standing }: Pick<Awaited<ReturnType<typeof openReading>>, 'store' | 'standing'>,
) {
  const gate = await openGate(config, database.pool, log);
  const bodies = await createBodies(BODY_LIMITS);
  const notices = createNotices(database);
  const noticeSync = createNoticeSync({ notices, store, withPackageLock, listener, log });
  const retry = createRetry(async () => {
    await publisher.settlePending();
  }, SETTLE_DELAY_MS);
  const onUnsettled = (error: unknown) => {
    log.warn({ err: error }, 'a stored version waits for the catalogue');
    retry.schedule();
  };
  const catalogue = createCatalogue(database);
  const changes = { catalogue, store, notices, noticeSync, standing };
  const publisher = new Publisher({ ...changes, gate, withPackageLock, onUnsettled });
  const settled = await publisher.settlePending();
  if (settled > 0) log.info({ settled }, 'finished publishes that were left open');
  const stop = async (): Promise<void> => {
    retry.stop();
    noticeSync.stop();
    await bodies.close();
  };
  return { publisher, bodies, stop };
}
