import type { Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { decodeCursor, type Keyset, keysetSql, SqlParameters } from '../page.ts';

const MAX_SELECTED = 1_000;

/** Which runs of a tenant; null is no condition. */
export type BulkFilter = {
  readonly pipelineId: string | null;
  readonly status: readonly Status[] | null;
  readonly createdBefore: Date | null;
  readonly createdAfter: Date | null;
  /** Only runs behind this one, of an earlier call. */
  readonly after: string | null;
};

type SelectedRow = { readonly id: string; readonly createdAt: Date };

const KEYSET: Keyset = {
  columns: [
    { column: 'r.created_at', type: 'timestamptz' },
    { column: 'r.id', type: 'uuid' },
  ],
  order: 'desc',
};

/** The youngest runs first, up to a bound. @throws PlatformError IA_API_INVALID for a cursor of another list */
export const selectRuns = async (
  client: PoolClient,
  { tenantId, filter }: Readonly<{ tenantId: string; filter: BulkFilter }>,
): Promise<{ readonly rows: readonly SelectedRow[]; readonly hasMore: boolean }> => {
  const { pipelineId, status, createdBefore, createdAfter, after } = filter;
  const parameters = new SqlParameters();
  const conditions = [`r.tenant_id = ${parameters.add(tenantId, 'uuid')}`];
  if (pipelineId !== null) conditions.push(`r.pipeline_id = ${parameters.add(pipelineId, 'uuid')}`);
  if (status !== null) conditions.push(`r.status = any(${parameters.add(status, 'text[]')})`);
  if (createdBefore !== null) conditions.push(`r.created_at < ${parameters.add(createdBefore, 'timestamptz')}`);
  if (createdAfter !== null) conditions.push(`r.created_at > ${parameters.add(createdAfter, 'timestamptz')}`);
  const page = {
    list: 'bulk',
    scope: tenantId,
    limit: MAX_SELECTED,
    isBackward: false,
    after: after === null ? null : decodeCursor('bulk', after, KEYSET.columns.length, tenantId),
    before: null,
  };
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select r.id, r.created_at as "createdAt" from runs r
    where ${conditions.join(' and ')} and ${keyset.where} ${keyset.orderAndLimit}`;
  const { rows } = await client.query<SelectedRow>(sql, parameters.values);
  return { rows: rows.slice(0, MAX_SELECTED), hasMore: rows.length > MAX_SELECTED };
};
