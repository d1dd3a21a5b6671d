import { Pool } from 'pg';

export type PoolOptions = {
  readonly url: string;
  /** @default 10 */
  readonly maxConnections?: number | undefined;
  /** The schema in which names are looked up. @default what the role has */
  readonly searchPath?: string;
};

const DEFAULT_MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a pool that outlives the loss of any of its connections. Nothing connects before the first query. */
export function createPool({ url, maxConnections = DEFAULT_MAX_CONNECTIONS, searchPath }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(searchPath === undefined ? {} : { options: `-c search_path=${searchPath}` }),
  });
  // A connection that the server ends is replaced by the next query. The pool listens to idle ones alone, and without a
  // listener the error of one in use would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
