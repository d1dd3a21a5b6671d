import type { Pool, PoolClient } from 'pg';
import type { AuditOrigin } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './generated/prisma/client.ts';

export type TenantTransactionOptions = {
  /** From where the change is asked for: stands in what it writes into the audit log. */
  readonly origin?: AuditOrigin | undefined;
};

/** Runs a Prisma transaction that sees one tenant's rows and no others. */
export async function withTenant<T>(
  database: Pick<Database, 'prisma'>,
  tenantId: string,
  work: (tx: Prisma.TransactionClient) => Promise<T>,
  { origin }: TenantTransactionOptions = {},
): Promise<T> {
  const originText = origin === undefined ? '' : JSON.stringify(origin);
  return database.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`
      select set_config('app.tenant_id', ${tenantId}, true), set_config('app.origin', ${originText}, true)`;
    return work(tx);
  });
}

/** As withTenant, for SQL by hand. */
export async function withTenantClient<T>(
  pool: Pool,
  tenantId: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = await rollback(client);
    throw error;
  } finally {
    // A connection that can't even roll back is not handed out again.
    client.release(failure);
  }
}

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
