import { isAtLeast, type Principal, roleIn, ROLES, type TokenScope } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export const API_TOKEN_STATUSES = ['active', 'expired', 'revoked'] as const;
export type ApiTokenStatus = (typeof API_TOKEN_STATUSES)[number];

export type ApiTokenRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly TokenScope[];
  /** A user's id, or `service:<id>`. */
  readonly createdBy: string;
  readonly serviceAccountId: string | null;
  readonly replacedById: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly status: ApiTokenStatus;
};

export type ApiTokenFilter = {
  readonly isOwn: boolean | null;
  readonly serviceAccountId: string | null;
  readonly status: readonly ApiTokenStatus[] | null;
  /** Active ones that end before this. */
  readonly expiresBefore: Date | null;
};

const STATUS = `case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired' else 'active' end`;

const COLUMNS = `k.id, k.tenant_id as "tenantId", k.name, k.prefix, k.scopes, k.created_by as "createdBy",
  k.service_account_id as "serviceAccountId", k.replaced_by_id as "replacedById", k.created_at as "createdAt",
  k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt", ${STATUS} as status`;

const KEYSET: Keyset = {
  columns: [
    { column: 'k.created_at', type: 'timestamptz' },
    { column: 'k.id', type: 'uuid' },
  ],
  order: 'desc',
};

/** In whose name a principal's own tokens are. */
export const tokenOwner = (principal: Principal): string =>
  principal.kind === 'user' ? principal.userId : principal.createdBy;

/** Admins see all tokens; everyone else their own, and those of service accounts that are no stronger than they. */
const visibleSql = (principal: Principal, tenantId: string, parameters: SqlParameters): string => {
  const role = roleIn(principal, tenantId) ?? 'viewer';
  if (isAtLeast(role, 'admin')) return 'true';
  const roles = ROLES.filter((other) => isAtLeast(role, other));
  return `(k.created_by = ${parameters.add(tokenOwner(principal), 'text')} or k.service_account_id in (
    select s.id from service_accounts s
    where s.tenant_id = k.tenant_id and s.role = any(${parameters.add(roles, 'text[]')})))`;
};

export const fetchApiTokens = async (
  client: PoolClient,
  { ids, tenantId, principal }: Readonly<{ ids: readonly string[]; tenantId: string; principal: Principal }>,
): Promise<ApiTokenRow[]> => {
  const parameters = new SqlParameters();
  const wanted = parameters.add(ids, 'uuid[]');
  const sql = `select ${COLUMNS} from api_tokens k
    where k.id = any(${wanted}) and ${visibleSql(principal, tenantId, parameters)}`;
  return (await client.query<ApiTokenRow>(sql, parameters.values)).rows;
};

const filterSql = (filter: ApiTokenFilter, principal: Principal, parameters: SqlParameters): string =>
  [
    filter.isOwn === null
      ? null
      : `(k.created_by = ${parameters.add(tokenOwner(principal), 'text')}) = ${parameters.add(filter.isOwn, 'boolean')}`,
    filter.serviceAccountId === null
      ? null
      : `k.service_account_id = ${parameters.add(filter.serviceAccountId, 'uuid')}`,
    filter.status === null ? null : `${STATUS} = any(${parameters.add(filter.status, 'text[]')})`,
    filter.expiresBefore === null
      ? null
      : `k.revoked_at is null and k.expires_at > now() and k.expires_at < ${parameters.add(filter.expiresBefore, 'timestamptz')}`,
  ]
    .filter((condition) => condition !== null)
    .map((condition) => ` and ${condition}`)
    .join('');

export type ApiTokenListRequest = {
  readonly tenantId: string;
  readonly principal: Principal;
  readonly filter: ApiTokenFilter;
  readonly page: Page;
};

export const listApiTokens = async (
  client: PoolClient,
  { tenantId, principal, filter, page }: ApiTokenListRequest,
): Promise<ApiTokenRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const visible = visibleSql(principal, tenantId, parameters);
  const filters = filterSql(filter, principal, parameters);
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} from api_tokens k
    where k.tenant_id = ${tenant} and ${visible}${filters} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<ApiTokenRow>(sql, parameters.values)).rows;
};
