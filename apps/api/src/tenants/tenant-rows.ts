import type { Role } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export type TenantRow = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Date;
};

export type MemberRow = {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
};

const MEMBER_KEYSET: Keyset = {
  columns: [
    { column: 'm.email', type: 'text' },
    { column: 'm.user_id', type: 'text' },
  ],
  order: 'asc',
};

export const fetchTenants = async (client: PoolClient, ids: readonly string[]): Promise<TenantRow[]> => {
  const sql = 'select id, slug, name, created_at as "createdAt" from tenants where id = any($1::uuid[])';
  return (await client.query<TenantRow>(sql, [ids])).rows;
};

export const listMembers = async (client: PoolClient, page: Page): Promise<MemberRow[]> => {
  const parameters = new SqlParameters();
  const keyset = keysetSql(MEMBER_KEYSET, page, parameters);
  const sql = `select m.user_id as "userId", m.email, m.name, m.role, m.created_at as "createdAt"
    from tenant_members m where ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<MemberRow>(sql, parameters.values)).rows;
};

export type MemberEmail = { readonly id: string; readonly email: string };

export const fetchMemberEmails = async (client: PoolClient, userIds: readonly string[]): Promise<MemberEmail[]> => {
  const sql = 'select m.user_id as id, m.email from tenant_members m where m.user_id = any($1::text[])';
  return (await client.query<MemberEmail>(sql, [userIds])).rows;
};
