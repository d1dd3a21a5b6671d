import type { Role } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export type MemberRow = {
  readonly tenantId: string;
  /** The id of the user. */
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly isEmailVerified: boolean;
  readonly hasSecondFactor: boolean;
};

const COLUMNS = `m.tenant_id as "tenantId", m.user_id as "userId", m.email, m.name, m.role, m.created_at as "createdAt",
  m.is_email_verified as "isEmailVerified", m.has_second_factor as "hasSecondFactor"`;

const KEYSET: Keyset = {
  columns: [
    { column: 'm.email', type: 'text' },
    { column: 'm.user_id', type: 'text' },
  ],
  order: 'asc',
};

export const listMembers = async (client: PoolClient, page: Page): Promise<MemberRow[]> => {
  const parameters = new SqlParameters();
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} from tenant_members m where ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<MemberRow>(sql, parameters.values)).rows;
};

export const fetchMembers = async (client: PoolClient, userIds: readonly string[]): Promise<MemberRow[]> => {
  const sql = `select ${COLUMNS} from tenant_members m where m.user_id = any($1::text[])`;
  return (await client.query<MemberRow>(sql, [userIds])).rows;
};

export type MemberEmail = { readonly id: string; readonly email: string };

/** Addresses that are known to be their members' own. */
export const fetchMemberEmails = async (client: PoolClient, userIds: readonly string[]): Promise<MemberEmail[]> => {
  const sql = `select m.user_id as id, m.email from tenant_members m
    where m.user_id = any($1::text[]) and m.is_email_verified`;
  return (await client.query<MemberEmail>(sql, [userIds])).rows;
};
