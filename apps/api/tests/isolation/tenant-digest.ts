import type { Client } from 'pg';

/** Every table that holds rows of tenants. */
const TENANT_TABLES = `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname = 'public' and exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
  order by 1`;

/** A digest of all rows of a tenant, table by table: it stays the same as long as nobody changed anything. */
export const digestTenant = async (admin: Client, tenantId: string): Promise<Readonly<Record<string, string>>> => {
  const { rows: tables } = await admin.query<{ readonly name: string }>(TENANT_TABLES);
  const digest: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await admin.query<{ readonly digest: string | null }>(
      `select md5(string_agg(t::text, '' order by t::text)) as digest from ${name} t where tenant_id = $1`,
      [tenantId],
    );
    digest[name] = rows[0]?.digest ?? 'empty';
  }
  const { rows } = await admin.query('select * from tenants where id = $1', [tenantId]);
  return { ...digest, tenants: JSON.stringify(rows) };
};
