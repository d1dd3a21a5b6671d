import type { Json, RecordedError, Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import type { ValueBudget } from '../value-budget.ts';

export type RunRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly pipelineVersionId: string;
  readonly status: Status;
  readonly waitReason: string | null;
  readonly error: RecordedError | null;
  readonly trigger: Json;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

/** What may be large in a run: read only when asked for. */
export type RunValues = { readonly id: string; readonly parameters: Json; readonly outputs: Json };

const RUN_COLUMNS = `r.id, r.tenant_id as "tenantId", r.pipeline_id as "pipelineId",
  r.pipeline_version_id as "pipelineVersionId", r.status, r.wait_reason as "waitReason", r.error,
  r.trigger, r.created_at as "createdAt", r.started_at as "startedAt", r.finished_at as "finishedAt"`;

const RUN_KEYSET: Keyset = {
  columns: [
    { column: 'r.created_at', type: 'timestamptz' },
    { column: 'r.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const fetchRuns = async (client: PoolClient, ids: readonly string[]): Promise<RunRow[]> => {
  const sql = `select ${RUN_COLUMNS} from runs r where r.id = any($1::uuid[])`;
  return (await client.query<RunRow>(sql, [ids])).rows;
};

const RUN_VALUES = `select id, case when size <= $2::float8 then parameters end as parameters,
    case when size <= $2::float8 then outputs end as outputs, size
  from (
    select id, parameters, outputs,
      (sum(octet_length(parameters::text) + coalesce(octet_length(outputs::text), 0)) over ())::float8 as size
    from runs where id = any($1::uuid[])
  ) sized`;

export const fetchRunValues = async (
  client: PoolClient,
  ids: readonly string[],
  budget: ValueBudget,
): Promise<RunValues[]> => {
  const { rows } = await client.query<RunValues & { readonly size: number }>(RUN_VALUES, [ids, budget.leftBytes]);
  budget.spend(rows[0]?.size ?? 0);
  return rows;
};

type StatusFilter = readonly Status[] | null;

export const listTenantRuns = async (
  client: PoolClient,
  { tenantId, status, page }: Readonly<{ tenantId: string; status: StatusFilter; page: Page }>,
): Promise<RunRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const statusCondition = status === null ? 'true' : `r.status = any(${parameters.add(status, 'text[]')})`;
  const keyset = keysetSql(RUN_KEYSET, page, parameters);
  const sql = `select ${RUN_COLUMNS} from runs r
    where r.tenant_id = ${tenant} and ${statusCondition} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<RunRow>(sql, parameters.values)).rows;
};

/** The runs of many pipelines in one statement, each list cut to the page. */
export const listPipelineRuns = async (
  client: PoolClient,
  { pipelineIds, status, page }: Readonly<{ pipelineIds: readonly string[]; status: StatusFilter; page: Page }>,
): Promise<RunRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(pipelineIds, 'uuid[]');
  const statusCondition = status === null ? 'true' : `r.status = any(${parameters.add(status, 'text[]')})`;
  const keyset = keysetSql(RUN_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${RUN_COLUMNS} from runs r
      where r.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and r.pipeline_id = parent.id
        and ${statusCondition} and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<RunRow>(sql, parameters.values)).rows;
};
