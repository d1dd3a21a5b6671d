import type { Pool, PoolClient } from 'pg';
import type { AuditOrigin } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './generated/prisma/client.ts';

export type TenantClientOptions = {
  /** How long each statement of the transaction may take. @default what the pool allows */
  readonly statementTimeoutMs?: number | undefined;
  /** Told which backend of the database runs the transaction, before the work begins. */
  readonly onBackend?: ((backendId: number) => void) | undefined;
};

export type TenantTransactionOptions = TenantClientOptions & {
  /** From where the change is asked for: stands in what it writes into the audit log. */
  readonly origin?: AuditOrigin | undefined;
};

/** Runs a Prisma transaction that sees one tenant's rows and no others. */
export async function withTenant<T>(
  database: Pick<Database, 'prisma'>,
  tenantId: string,
  work: (tx: Prisma.TransactionClient) => Promise<T>,
  { origin, statementTimeoutMs, onBackend }: TenantTransactionOptions = {},
): Promise<T> {
  const originText = origin === undefined ? '' : JSON.stringify(origin);
  return database.prisma.$transaction(async (tx) => {
    const [backend] = await tx.$queryRaw<[{ id: number }]>`
      select pg_backend_pid() as id,
        set_config('app.tenant_id', ${tenantId}, true), set_config('app.origin', ${originText}, true),
        set_config('statement_timeout', coalesce(${timeoutText(statementTimeoutMs)}, current_setting('statement_timeout')), true)`;
    onBackend?.(backend.id);
    return work(tx);
  });
}

/** As withTenant, for SQL by hand. */
export async function withTenantClient<T>(
  pool: Pool,
  tenantId: string,
  work: (client: PoolClient) => Promise<T>,
  { statementTimeoutMs, onBackend }: TenantClientOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    // One message, so that a transaction costs no more than one round trip to begin.
    await client.query(`begin; ${settingsSql(tenantId, timeoutText(statementTimeoutMs))}`);
    onBackend?.(backendIdOf(client));
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

/** Postgres takes 0 for no limit at all. */
const timeoutText = (timeoutMs: number | undefined): string | null =>
  timeoutMs === undefined ? null : String(Math.max(1, Math.ceil(timeoutMs)));

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A statement that goes together with `begin` takes no parameters. */
const settingsSql = (tenantId: string, timeout: string | null): string => {
  if (!UUID.test(tenantId)) throw new Error('The id of a tenant is a UUID.');
  const tenant = `set_config('app.tenant_id', '${tenantId}', true)`;
  return timeout === null
    ? `select ${tenant}`
    : `select ${tenant}, set_config('statement_timeout', '${timeout}', true)`;
};

/** The driver knows it from the start of the connection. */
const backendIdOf = (client: PoolClient): number => {
  const id: unknown = 'processID' in client ? client.processID : undefined;
  if (typeof id !== 'number') throw new Error('The connection does not know its backend.');
  return id;
};

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
