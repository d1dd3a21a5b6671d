import type { Pool, PoolClient } from 'pg';
import { inTransaction } from './database-connection.ts';

/** Runs `work` in a transaction in which the worker's role sees the rows of these tenants, and of no other. */
export const withTenants = async <T>(
  pool: Pool,
  tenantIds: Iterable<string>,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    return await inTransaction(client, async () => {
      await client.query("select set_config('app.tenant_ids', $1, true)", [[...new Set(tenantIds)].join(',')]);
      return work(client);
    });
  } catch (error) {
    failure = error instanceof Error ? error : new Error('The transaction failed.', { cause: error });
    throw error;
  } finally {
    client.release(failure);
  }
};
