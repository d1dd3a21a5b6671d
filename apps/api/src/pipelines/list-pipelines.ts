import type { PoolClient } from 'pg';
import { countRows, type ListCount } from '../list-count.ts';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import { PIPELINE_COLUMNS, PIPELINE_TABLES, type PipelineRow } from './pipeline-rows.ts';

export type PipelineFilter = {
  /** A part of the name. */
  readonly search?: string | null | undefined;
  /** Whether it is in the archive; null: either. */
  readonly isArchived?: boolean | null | undefined;
};

export type PipelineOrderField = 'name' | 'createdAt' | 'updatedAt';
export type PipelineOrder = { readonly field: PipelineOrderField; readonly direction: Keyset['order'] };

const ID = { column: 'p.id', type: 'uuid' } as const;

// Names are unique within a tenant: they need no second key.
const KEY_COLUMNS: Readonly<Record<PipelineOrderField, Keyset['columns']>> = {
  name: [{ column: 'p.name', type: 'text' }],
  createdAt: [{ column: 'p.created_at', type: 'timestamptz' }, ID],
  updatedAt: [{ column: 'p.updated_at', type: 'timestamptz' }, ID],
};

/** How many values a cursor of this order holds. */
export const pipelineKeyLength = (field: PipelineOrderField): number => KEY_COLUMNS[field].length;

/** What a cursor of this order holds. */
export const pipelineKey =
  (field: PipelineOrderField) =>
  (row: PipelineRow): CursorKey =>
    field === 'name' ? [row.name] : [row[field].toISOString(), row.id];

/** Turns what a person types into a pattern that matches it literally. */
export const likePattern = (search: string): string => `%${search.replace(/[\\%_]/g, '\\$&')}%`;

type Scope = { readonly tenantId: string; readonly filter: PipelineFilter };

const conditionsOf = ({ tenantId, filter }: Scope, parameters: SqlParameters): string => {
  const { search, isArchived } = filter;
  const conditions = [`p.tenant_id = ${parameters.add(tenantId, 'uuid')}`];
  if (typeof isArchived === 'boolean') conditions.push(`p.archived_at is ${isArchived ? 'not ' : ''}null`);
  if (search) conditions.push(`p.name ilike ${parameters.add(likePattern(search), 'text')}`);
  return conditions.join(' and ');
};

export const listPipelines = async (
  client: PoolClient,
  { order, page, ...scope }: Scope & { readonly order: PipelineOrder; readonly page: Page },
): Promise<PipelineRow[]> => {
  const parameters = new SqlParameters();
  const conditions = conditionsOf(scope, parameters);
  const keyset = keysetSql({ columns: KEY_COLUMNS[order.field], order: order.direction }, page, parameters);
  const sql = `select ${PIPELINE_COLUMNS} from ${PIPELINE_TABLES}
    where ${conditions} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<PipelineRow>(sql, parameters.values)).rows;
};

export const countPipelines = (
  client: PoolClient,
  { max, ...scope }: Scope & { readonly max: number },
): Promise<ListCount> => {
  const parameters = new SqlParameters();
  return countRows(client, { from: `from pipelines p where ${conditionsOf(scope, parameters)}`, parameters, max });
};
