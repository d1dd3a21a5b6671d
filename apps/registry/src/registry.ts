import type { IncomingMessage } from 'node:http';
import { createDatabase, createListener, createTokenVerifier } from '@ia-modules/database';
import { listen } from '@ia-modules/service';
import type { Logger } from 'pino';
import { type Caller, createIdentify } from './caller.ts';
import { createCatalogue } from './catalogue.ts';
import type { RegistryConfig } from './config.ts';
import { removeErasedScopes, TENANT_ERASED } from './erased-scopes.ts';
import { createFront } from './front.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { createPackageStore } from './package-store.ts';
import { Publisher } from './publisher.ts';
import { reconcileAtBoot } from './reconcile.ts';
import { createRetry } from './retry.ts';
import { search } from './search.ts';
import { bootVerdaccio } from './verdaccio.ts';

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
  const closeDatabase = async () => {
    await tokens.close();
    await listener.close();
    await database.close();
  };
  try {
    const callers = new WeakMap<IncomingMessage, Caller>();
    const callerOf = (request: IncomingMessage): Caller => callers.get(request) ?? { kind: 'anonymous' };
    const verdaccio = await bootVerdaccio(config.storageDir, callerOf);
    const store = createPackageStore(config.storageDir, verdaccio.storage);
    const catalogue = createCatalogue(database);
    const settled = await reconcileAtBoot(catalogue, store);
    if (settled > 0) log.info({ settled }, 'finished publishes that an earlier process left open');

    const sweep = createRetry(async () => {
      const removed = await removeErasedScopes(database.pool, config.storageDir);
      if (removed > 0) log.info({ removed }, 'removed the packages of tenants that are gone');
    }, SWEEP_DELAY_MS);
    sweep.schedule();
    // Not waited for: while the database is away, what comes back announces itself.
    listener.listen(TENANT_ERASED, sweep.schedule, sweep.schedule).catch(() => undefined);

    const retry = createRetry(() => publisher.settlePending(), SETTLE_DELAY_MS);
    const onUnsettled = (error: unknown) => {
      log.warn({ err: error }, 'a stored version waits for the catalogue');
      retry.schedule();
    };
    const publisher = new Publisher({ catalogue, store, onUnsettled });
    const identify = createIdentify((token) => tokens.verify(token), config.internalToken);
    const front = createFront({
      identify,
      publisher,
      search: (caller, query) => search(database, caller, query),
      writeLock: createKeyedLock(),
      verdaccio: verdaccio.handler,
      log,
      callers,
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
      retry.stop();
      sweep.stop();
      await closeDatabase();
    };
    return { port: server.port, url, stop };
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}
