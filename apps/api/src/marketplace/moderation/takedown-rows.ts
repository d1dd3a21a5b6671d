import type { PoolClient } from 'pg';
import { countRows, type ListCount } from '../../list-count.ts';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';

export const APPEAL_STATUSES = {
  open: 'The operator of the platform has not decided yet.',
  accepted: 'The take-down was lifted.',
  rejected: 'The take-down stands.',
} as const;
export type AppealStatus = keyof typeof APPEAL_STATUSES;

export type TakedownRow = {
  readonly id: string;
  /** Of the plugin's owner. */
  readonly tenantId: string;
  readonly pluginName: string;
  /** Null: all of them. */
  readonly version: string | null;
  readonly reason: string;
  readonly takenDownAt: Date;
  readonly liftedAt: Date | null;
  readonly appeal: string | null;
  readonly appealedAt: Date | null;
  readonly appealStatus: AppealStatus | null;
  readonly appealAnswer: string | null;
  readonly appealDecidedAt: Date | null;
};

export const TAKEDOWN_COLUMNS = `t.id, t.tenant_id as "tenantId", t.plugin_name as "pluginName", t.version, t.reason,
  t.taken_down_at as "takenDownAt", t.lifted_at as "liftedAt", t.appeal, t.appealed_at as "appealedAt",
  t.appeal_status as "appealStatus", t.appeal_answer as "appealAnswer", t.appeal_decided_at as "appealDecidedAt"`;

const KEY: Keyset['columns'] = [
  { column: 't.taken_down_at', type: 'timestamptz' },
  { column: 't.id', type: 'uuid' },
];

export const takedownKey = ({ takenDownAt, id }: TakedownRow): CursorKey => [takenDownAt.toISOString(), id];

export type TakedownFilter = {
  /** Of one owner; null: of all. */
  readonly tenantId: string | null;
  readonly isStanding: boolean | null;
  readonly appealStatus: readonly AppealStatus[] | null;
  readonly pluginName: string | null;
};

const filterSql = (filter: TakedownFilter, parameters: SqlParameters): string => {
  const { tenantId, isStanding, appealStatus, pluginName } = filter;
  const conditions = [
    tenantId === null ? null : `t.tenant_id = ${parameters.add(tenantId, 'uuid')}`,
    isStanding === null ? null : `(t.lifted_at is null) = ${parameters.add(isStanding, 'boolean')}`,
    appealStatus === null ? null : `t.appeal_status = any(${parameters.add(appealStatus, 'text[]')})`,
    pluginName === null ? null : `t.plugin_name = ${parameters.add(pluginName, 'text')}`,
  ].filter((condition) => condition !== null);
  return conditions.join(' and ') || 'true';
};

export const listTakedowns = async (
  client: PoolClient,
  { filter, page }: Readonly<{ filter: TakedownFilter; page: Page }>,
): Promise<TakedownRow[]> => {
  const parameters = new SqlParameters();
  const where = filterSql(filter, parameters);
  const keyset = keysetSql({ columns: KEY, order: 'desc' }, page, parameters);
  const sql = `select ${TAKEDOWN_COLUMNS} from takedowns t where ${where} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<TakedownRow>(sql, parameters.values)).rows;
};

export const countTakedowns = (client: PoolClient, filter: TakedownFilter, max: number): Promise<ListCount> => {
  const parameters = new SqlParameters();
  const from = `from takedowns t where ${filterSql(filter, parameters)}`;
  return countRows(client, { from, parameters, max });
};

export const fetchTakedown = async (client: PoolClient, id: string): Promise<TakedownRow | null> => {
  const sql = `select ${TAKEDOWN_COLUMNS} from takedowns t where t.id = $1::uuid`;
  return (await client.query<TakedownRow>(sql, [id])).rows[0] ?? null;
};
