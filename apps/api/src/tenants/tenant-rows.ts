import type { PoolClient } from 'pg';

export type TenantRow = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Date;
  /** All three, or none, of a tenant that is about to be erased. */
  readonly deletedAt: Date | null;
  readonly deletedBy: string | null;
  readonly eraseAt: Date | null;
};

export const fetchTenants = async (client: PoolClient, ids: readonly string[]): Promise<TenantRow[]> => {
  const sql = `select id, slug, name, created_at as "createdAt", deleted_at as "deletedAt", deleted_by as "deletedBy",
    erase_at as "eraseAt" from tenants where id = any($1::uuid[])`;
  return (await client.query<TenantRow>(sql, [ids])).rows;
};
