import { Pool } from 'pg';
import { DEFAULT_MAX_SILENCE_MS } from './database-connection.ts';

export type PoolOptions = {
  readonly url: string;
  readonly applicationName: string;
  readonly maxConnections: number;
  /**
   * The server ends a transaction that stays silent for so long, so that a frozen process keeps no locks.
   * @default 20000
   */
  readonly maxSilenceMs?: number;
};

/** Longer than any query of the runtime takes, those of a whole log included, and than a burst queues for a connection. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Opens a pool that outlives the loss of any of its connections, idle or in use: the query at hand fails, the next one
 * connects anew. A server that answers nothing counts as lost after a minute.
 */
export const createPool = (options: PoolOptions): Pool => {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    idle_in_transaction_session_timeout: options.maxSilenceMs ?? DEFAULT_MAX_SILENCE_MS,
    connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  });
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  // The pool listens to idle clients alone; an error event without a listener would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
};
