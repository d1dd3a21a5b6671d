import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { createPool } from './create-pool.ts';
import { PrismaClient } from './generated/prisma/client.ts';

export type Database = {
  readonly prisma: PrismaClient;
  /** The same connections, for SQL by hand. */
  readonly pool: Pool;
  /** Ends what a backend does at the moment, on a connection of its own: those of the pool may all be at work. */
  cancel(backendId: number): Promise<void>;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  readonly url: string;
  /** @default 10 */
  readonly maxConnections?: number;
};

/** Long enough to queue for a connection under load: Prisma's own two seconds fail bursts that would be served. */
const TRANSACTION_WAIT_MS = 15_000;
const TRANSACTION_TIMEOUT_MS = 15_000;

/** Opens Prisma and a pool on the same connections. Nothing connects before the first query. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  const cancelPool = createPool({ url: options.url, maxConnections: 1 });
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: TRANSACTION_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
  return {
    prisma,
    pool,
    cancel: async (backendId) => {
      await cancelPool.query('select pg_cancel_backend($1::int)', [backendId]);
    },
    close: async () => {
      await prisma.$disconnect();
      await Promise.all([pool.end(), cancelPool.end()]);
    },
  };
}
