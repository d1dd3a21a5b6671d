import type { PoolClient } from 'pg';

/** What becomes of the logs of a tenant's ended runs. `id` is the tenant's. */
export type TenantRetention = {
  readonly id: string;
  /** Null keeps them for ever. */
  readonly retentionDays: number | null;
  readonly archivesLogs: boolean;
};

export const fetchTenantRetentions = async (client: PoolClient, ids: readonly string[]): Promise<TenantRetention[]> => {
  const sql = `select tenant_id as id, retention_days as "retentionDays", archives_logs as "archivesLogs"
    from tenant_limits where tenant_id = any($1::uuid[])`;
  return (await client.query<TenantRetention>(sql, [ids])).rows;
};
