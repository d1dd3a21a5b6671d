import type { Role } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export type ServiceAccountRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly disabledAt: Date | null;
};

const COLUMNS = `s.id, s.tenant_id as "tenantId", s.name, s.description, s.role, s.created_by as "createdBy",
  s.created_at as "createdAt", s.updated_at as "updatedAt", s.disabled_at as "disabledAt"`;

const KEYSET: Keyset = { columns: [{ column: 's.name', type: 'text' }], order: 'asc' };

export const fetchServiceAccounts = async (
  client: PoolClient,
  ids: readonly string[],
): Promise<ServiceAccountRow[]> => {
  const sql = `select ${COLUMNS} from service_accounts s where s.id = any($1::uuid[])`;
  return (await client.query<ServiceAccountRow>(sql, [ids])).rows;
};

export const listServiceAccounts = async (
  client: PoolClient,
  { tenantId, isDisabled, page }: Readonly<{ tenantId: string; isDisabled: boolean | null; page: Page }>,
): Promise<ServiceAccountRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const state =
    isDisabled === null ? '' : ` and (s.disabled_at is not null) = ${parameters.add(isDisabled, 'boolean')}`;
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} from service_accounts s
    where s.tenant_id = ${tenant}${state} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<ServiceAccountRow>(sql, parameters.values)).rows;
};
