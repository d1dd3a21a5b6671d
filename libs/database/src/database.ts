import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';

export type Database = {
  readonly prisma: PrismaClient;
  /** The same connections, for SQL by hand. */
  readonly pool: Pool;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  readonly url: string;
  /** @default 10 */
  readonly maxConnections?: number;
};

const DEFAULT_MAX_CONNECTIONS = 10;
/** Long enough to queue for a connection under load: Prisma's own two seconds fail bursts that would be served. */
const TRANSACTION_WAIT_MS = 15_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens Prisma and a pool on the same connections. Nothing connects before the first query. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that the server ends is replaced by the next query. The pool listens to idle ones alone, and without a
  // listener the error of one in use would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: TRANSACTION_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
  return {
    prisma,
    pool,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
