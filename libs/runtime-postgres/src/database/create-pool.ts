import { Pool } from 'pg';

/** Opens a pool that outlives the loss of any of its connections, idle or in use: the query at hand fails, the next one connects anew. */
export const createPool = (options: {
  readonly url: string;
  readonly applicationName: string;
  readonly maxConnections: number;
}): Pool => {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
  });
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  // The pool listens to idle clients alone; an error event without a listener would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
};
