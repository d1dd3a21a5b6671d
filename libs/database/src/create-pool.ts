import { Pool } from 'pg';

export type PoolOptions = {
  readonly url: string;
  /** @default 10 */
  readonly maxConnections?: number | undefined;
  /** The schema in which names are looked up. @default what the role has */
  readonly searchPath?: string;
  /** Sends queries without waiting for the answers to those before. @default false */
  readonly pipelines?: boolean;
  /** How long any statement may take that no transaction says otherwise of. @default 30000 */
  readonly statementTimeoutMs?: number;
};

const DEFAULT_MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that its process has forgotten holds locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** Opens a pool that outlives the loss of any of its connections. Nothing connects before the first query. */
export function createPool(options: PoolOptions): Pool {
  const { url, maxConnections = DEFAULT_MAX_CONNECTIONS, searchPath, pipelines = false } = options;
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: pipelines,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(searchPath === undefined ? {} : { options: `-c search_path=${searchPath}` }),
  });
  // A connection that the server ends is replaced by the next query. The pool listens to idle ones alone, and without a
  // listener the error of one in use would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
