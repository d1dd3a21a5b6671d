import type { Role } from '@ia-modules/database';
import type { Pool, PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export const INVITATION_STATUSES = ['pending', 'accepted', 'declined', 'revoked', 'expired'] as const;
export type InvitationStatus = (typeof INVITATION_STATUSES)[number];

export type InvitationRow = {
  readonly tenantId: string;
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly status: InvitationStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly inviterName: string;
  readonly tenantName: string;
};

const STATUS = "case i.status when 'rejected' then 'declined' when 'canceled' then 'revoked' else i.status end";

const COLUMNS = `i.tenant_id as "tenantId", i.id, i.email, i.role, ${STATUS} as status, i.created_at as "createdAt",
  i.expires_at as "expiresAt", i.inviter_name as "inviterName"`;

const KEYSET: Keyset = {
  columns: [
    { column: 'i.created_at', type: 'timestamptz' },
    { column: 'i.id', type: 'text' },
  ],
  order: 'desc',
};

export const fetchInvitations = async (client: PoolClient, ids: readonly string[]): Promise<InvitationRow[]> => {
  const sql = `select ${COLUMNS}, n.name as "tenantName" from tenant_invitations i join tenants n on n.id = i.tenant_id
    where i.id = any($1::text[])`;
  return (await client.query<InvitationRow>(sql, [ids])).rows;
};

export const listInvitations = async (
  client: PoolClient,
  { status, page }: Readonly<{ status: readonly InvitationStatus[] | null; page: Page }>,
): Promise<InvitationRow[]> => {
  const parameters = new SqlParameters();
  const statuses = parameters.add(status, 'text[]');
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS}, n.name as "tenantName" from tenant_invitations i join tenants n on n.id = i.tenant_id
    where (${statuses} is null or ${STATUS} = any(${statuses})) and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<InvitationRow>(sql, parameters.values)).rows;
};

/** What a person is invited to; nothing as long as their address is not known to be theirs. */
export const findUserInvitations = async (pool: Pool, userId: string): Promise<InvitationRow[]> => {
  const sql = `select ${COLUMNS}, i.tenant_name as "tenantName" from user_invitations($1) i`;
  return (await pool.query<InvitationRow>(sql, [userId])).rows;
};
