import type { Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { countRows, type ListCount } from '../list-count.ts';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import { RUN_COLUMNS, RUN_KEYSET, type RunRow } from './run-rows.ts';

export type RunTriggerKind = 'manual' | 'schedule' | 'webhook' | 'event' | 'pipeline';

/** Which runs of a tenant; null or left out: whichever. */
export type RunFilter = {
  readonly status?: readonly Status[] | null | undefined;
  /** Row id. */
  readonly pipelineId?: string | null | undefined;
  readonly triggers?: readonly RunTriggerKind[] | null | undefined;
  readonly createdBy?: string | null | undefined;
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
  readonly finishedAfter?: Date | null | undefined;
  readonly finishedBefore?: Date | null | undefined;
  /** Whether it is part of no other run, or of one. */
  readonly isTopLevel?: boolean | null | undefined;
};

type Scope = { readonly tenantId: string; readonly filter: RunFilter };

const timeConditions = (filter: RunFilter, parameters: SqlParameters): string[] => {
  const { createdAfter, createdBefore, finishedAfter, finishedBefore } = filter;
  const bound = (column: string, operator: string, at: Date | null | undefined): string[] =>
    at === null || at === undefined ? [] : [`r.${column} ${operator} ${parameters.add(at, 'timestamptz')}`];
  return [
    ...bound('created_at', '>', createdAfter),
    ...bound('created_at', '<', createdBefore),
    ...bound('finished_at', '>', finishedAfter),
    ...bound('finished_at', '<', finishedBefore),
    // What has finished by then was made by then: the index in the order of making need not be read beyond.
    ...bound('created_at', '<', finishedBefore),
  ];
};

const conditionsOf = ({ tenantId, filter }: Scope, parameters: SqlParameters): string[] => {
  const { pipelineId, triggers, createdBy, isTopLevel } = filter;
  const conditions = [`r.tenant_id = ${parameters.add(tenantId, 'uuid')}`, ...timeConditions(filter, parameters)];
  if (pipelineId) conditions.push(`r.pipeline_id = ${parameters.add(pipelineId, 'uuid')}`);
  if (triggers) conditions.push(`r.trigger ->> 'type' = any(${parameters.add(triggers, 'text[]')})`);
  if (createdBy) conditions.push(`r.created_by = ${parameters.add(createdBy, 'text')}`);
  if (typeof isTopLevel === 'boolean') conditions.push(`r.parent_run_id is ${isTopLevel ? '' : 'not '}null`);
  return conditions;
};

/** Each status is read by its own index, which a list of them in one condition would keep from being used. */
const branchesOf = ({ status, pipelineId }: RunFilter, parameters: SqlParameters): string[] => {
  if (!status) return ['true'];
  if (pipelineId) return [`r.status = any(${parameters.add(status, 'text[]')})`];
  return status.length === 0 ? ['false'] : [...new Set(status)].map((one) => `r.status = '${one}'`);
};

/** The runs of a tenant in the order of their making. */
export const listTenantRuns = async (
  client: PoolClient,
  scope: Scope & { readonly order: Keyset['order']; readonly page: Page },
): Promise<RunRow[]> => {
  const parameters = new SqlParameters();
  const conditions = conditionsOf(scope, parameters).join(' and ');
  const branches = branchesOf(scope.filter, parameters);
  const keyset = keysetSql({ ...RUN_KEYSET, order: scope.order }, scope.page, parameters);
  const [first = 'true', ...others] = branches.map(
    (branch) => `select ${RUN_COLUMNS} from runs r
      where ${conditions} and ${branch} and ${keyset.where} ${keyset.orderAndLimit}`,
  );
  if (others.length === 0) return (await client.query<RunRow>(first, parameters.values)).rows;
  const merged = [first, ...others].map((branch) => `(${branch})`).join(' union all ');
  const order = keyset.orderAndLimit.replaceAll('r.created_at', '"createdAt"').replaceAll('r.id', 'id');
  return (await client.query<RunRow>(`select * from (${merged}) r ${order}`, parameters.values)).rows;
};

export const countTenantRuns = (
  client: PoolClient,
  { max, ...scope }: Scope & { readonly max: number },
): Promise<ListCount> => {
  const parameters = new SqlParameters();
  const conditions = conditionsOf(scope, parameters).join(' and ');
  const branches = branchesOf(scope.filter, parameters).map((branch) => `(${branch})`);
  const from = `from runs r where ${conditions} and (${branches.join(' or ')})`;
  return countRows(client, { from, parameters, max });
};
