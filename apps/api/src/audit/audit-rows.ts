import type { AuditActor, AuditOrigin } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export type AuditRow = {
  readonly tenantId: string;
  readonly seq: number;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly action: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly origin: AuditOrigin | null;
  readonly format: number;
  readonly hash: string;
  readonly previousHash: string;
};

export type AuditFilter = {
  /** The id of a user, a token or a service account. */
  readonly actor: string | null;
  /** The beginning of an action, as `pipeline.`. */
  readonly action: string | null;
  readonly target: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
};

export type AuditUser = { readonly id: string; readonly userId: string; readonly email: string; readonly name: string };

const COLUMNS = `a.tenant_id as "tenantId", a.seq::float8 as seq, a.at, a.actor, a.action, a.target, a.details, a.origin,
  a.format, a.hash, a.previous_hash as "previousHash"`;

const KEYSET: Keyset = { columns: [{ column: 'a.seq', type: 'bigint' }], order: 'desc' };

const filterSql = ({ actor, action, target, from, to }: AuditFilter, parameters: SqlParameters): string => {
  const conditions: string[] = [];
  if (actor !== null) {
    const id = parameters.add(actor, 'text');
    conditions.push(`${id} in (a.actor->>'userId', a.actor->>'tokenId', a.actor->>'serviceAccountId')`);
  }
  if (action !== null) conditions.push(`starts_with(a.action, ${parameters.add(action, 'text')})`);
  if (target !== null) conditions.push(`a.target = ${parameters.add(target, 'text')}`);
  if (from !== null) conditions.push(`a.at >= ${parameters.add(from, 'timestamptz')}`);
  if (to !== null) conditions.push(`a.at < ${parameters.add(to, 'timestamptz')}`);
  return conditions.map((condition) => ` and ${condition}`).join('');
};

export const listAudit = async (
  client: PoolClient,
  { tenantId, filter, page }: Readonly<{ tenantId: string; filter: AuditFilter; page: Page }>,
): Promise<AuditRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const filters = filterSql(filter, parameters);
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} from audit_log a
    where a.tenant_id = ${tenant}${filters} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<AuditRow>(sql, parameters.values)).rows;
};

/** Those who still belong to the tenant. */
export const fetchAuditUsers = async (client: PoolClient, userIds: readonly string[]): Promise<AuditUser[]> => {
  const sql = `select m.user_id as id, m.user_id as "userId", m.email, m.name
    from tenant_members m where m.user_id = any($1::text[])`;
  return (await client.query<AuditUser>(sql, [userIds])).rows;
};

/** What the hash of an entry covers, as an export has it: its seq as text, its time in ISO 8601. */
export const contentOf = ({
  seq,
  at,
  tenantId,
  actor,
  action,
  target,
  details,
  previousHash,
  origin,
  format,
}: AuditRow) => ({
  tenantId,
  seq: String(seq),
  at: at.toISOString(),
  actor,
  action,
  target,
  details,
  previousHash,
  origin,
  format,
});
