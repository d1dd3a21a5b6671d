import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

/** All that is told of a secret: its values are in another table, which none of these statements reads. */
export type SecretRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly currentVersion: number;
  readonly lastUsedAt: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type SecretVersionRow = {
  readonly secretId: string;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
};

/** A pipeline whose newest version names a secret. */
export type SecretUser = { readonly secretId: string; readonly id: string; readonly name: string };

const SECRET_COLUMNS = `s.id, s.tenant_id as "tenantId", s.name, s.description, s.current_version as "currentVersion",
  s.last_used_at as "lastUsedAt", s.created_by as "createdBy", s.created_at as "createdAt", s.updated_at as "updatedAt"`;

const THIS_TENANT = `nullif(current_setting('app.tenant_id', true), '')::uuid`;

const SECRET_KEYSET: Keyset = { columns: [{ column: 's.name', type: 'text' }], order: 'asc' };
const VERSION_KEYSET: Keyset = { columns: [{ column: 'v.version', type: 'int' }], order: 'desc' };
const USER_KEYSET: Keyset = {
  columns: [
    { column: 'p.name', type: 'text' },
    { column: 'p.id', type: 'uuid' },
  ],
  order: 'asc',
};

export const fetchSecrets = async (client: PoolClient, ids: readonly string[]): Promise<SecretRow[]> => {
  const sql = `select ${SECRET_COLUMNS} from secrets s where s.id = any($1::uuid[])`;
  return (await client.query<SecretRow>(sql, [ids])).rows;
};

export const listSecrets = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<SecretRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql(SECRET_KEYSET, page, parameters);
  const sql = `select ${SECRET_COLUMNS} from secrets s
    where s.tenant_id = ${tenant} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<SecretRow>(sql, parameters.values)).rows;
};

/** The versions of many secrets in one statement, each list cut to the page. */
export const listSecretVersions = async (
  client: PoolClient,
  { secretIds, page }: Readonly<{ secretIds: readonly string[]; page: Page }>,
): Promise<SecretVersionRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(secretIds, 'uuid[]');
  const keyset = keysetSql(VERSION_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select v.secret_id as "secretId", v.version, v.created_by as "createdBy", v.created_at as "createdAt"
      from secret_versions v where v.tenant_id = ${THIS_TENANT} and v.secret_id = parent.id
        and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<SecretVersionRow>(sql, parameters.values)).rows;
};

/** Pipelines that name each of many secrets, archived ones aside: they start no runs. */
export const listSecretUsers = async (
  client: PoolClient,
  { secretIds, page }: Readonly<{ secretIds: readonly string[]; page: Page }>,
): Promise<SecretUser[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(secretIds, 'uuid[]');
  const keyset = keysetSql(USER_KEYSET, page, parameters);
  const sql = `select child.* from secrets s cross join lateral (
      select s.id as "secretId", p.id, p.name from pipeline_versions v
      join pipelines p on p.tenant_id = v.tenant_id and p.id = v.pipeline_id and p.revision = v.revision
      where v.tenant_id = ${THIS_TENANT} and v.secret_names <> '{}' and s.name = any (v.secret_names)
        and p.archived_at is null and ${keyset.where} ${keyset.orderAndLimit}
    ) child where s.tenant_id = ${THIS_TENANT} and s.id = any(${parents})`;
  return (await client.query<SecretUser>(sql, parameters.values)).rows;
};

/** The names of all secrets that a tenant has: what its pipelines may read. */
export const readSecretNames = async (client: PoolClient, tenantId: string): Promise<string[]> => {
  const sql = 'select name from secrets where tenant_id = $1::uuid order by name';
  return (await client.query<{ name: string }>(sql, [tenantId])).rows.map(({ name }) => name);
};
