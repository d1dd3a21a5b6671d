import { createPool } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { createKeyedLock } from '../keyed-lock.ts';

/**
 * Runs changes of one package one after the other, over all registries of this database, and those of different packages
 * at once. The signal tells that the turn was lost with its connection: what was not begun then has to be left.
 *
 * @throws PlatformError IA_REGISTRY_UNAVAILABLE while the database is away, or another registry holds on for too long
 */
export type PackageLock = <T>(packageName: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Apart from all other queries, so that those who hold a lock find connections for their work. */
const MAX_CONNECTIONS = 8;

export function createPackageLock(
  databaseUrl: string,
): Readonly<{ withPackageLock: PackageLock; close(): Promise<void> }> {
  const pool = createPool({ url: databaseUrl, maxConnections: MAX_CONNECTIONS });
  // Asked first: a connection waits for other processes alone.
  const inThisProcess = createKeyedLock();
  return {
    withPackageLock: (packageName, work) =>
      inThisProcess(packageName, async () => {
        const client = await pool.connect().catch(unavailable);
        const lost = new AbortController();
        const onError = (error: Error): void => lost.abort(unavailableError(error));
        client.on('error', onError);
        let isReusable = false;
        try {
          await ask(client, 'lock', packageName).catch(unavailable);
          const result = await work(lost.signal);
          isReusable = true;
          return result;
        } finally {
          isReusable = await ask(client, 'unlock', packageName).then(
            () => isReusable,
            () => false,
          );
          client.off('error', onError);
          client.release(!isReusable);
        }
      }),
    close: () => pool.end(),
  };
}

async function ask(client: PoolClient, what: 'lock' | 'unlock', packageName: string): Promise<void> {
  await client.query(`SELECT pg_advisory_${what}(hashtextextended('package:' || $1, 0))`, [packageName]);
}

function unavailable(error: unknown): never {
  throw unavailableError(error);
}

function unavailableError(cause: unknown): PlatformError {
  return new PlatformError({
    code: 'IA_REGISTRY_UNAVAILABLE',
    message: 'The registry can not take its turn on this package: its database is away, or another change takes long.',
    hint: 'Publish again in a while.',
    fault: 'infra',
    disposition: 'retry',
    cause,
  });
}
