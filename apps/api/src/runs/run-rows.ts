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
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly lastSeq: number;
  readonly priority: number;
  /** US dollars. */
  readonly costUsd: number;
  /** Of a sub-pipeline: the run above it, and the activity there that waits for it. */
  readonly parentRunId: string | null;
  readonly parentKey: string | null;
  readonly depth: number;
  readonly originKind: RunOriginKind | null;
  readonly originRunId: string | null;
  /** When its log was removed from the table. */
  readonly prunedAt: Date | null;
  readonly archiveKey: string | null;
};

/** How a run came out of another one. */
export const RUN_ORIGIN_KINDS = ['fork', 'retry', 'replay'] as const;
export type RunOriginKind = (typeof RUN_ORIGIN_KINDS)[number];

/** What may be large in a run: read only when asked for. */
export type RunValues = { readonly id: string; readonly parameters: Json; readonly outputs: Json };

export const RUN_COLUMNS = `r.id, r.tenant_id as "tenantId", r.pipeline_id as "pipelineId",
  r.pipeline_version_id as "pipelineVersionId", r.status, r.wait_reason as "waitReason", r.error,
  r.trigger, r.created_by as "createdBy", r.created_at as "createdAt", r.started_at as "startedAt",
  r.finished_at as "finishedAt", r.last_seq::float8 as "lastSeq", r.priority, r.cost_usd as "costUsd",
  r.parent_run_id as "parentRunId", r.parent_key as "parentKey", r.depth, r.origin_kind as "originKind",
  r.origin_run_id as "originRunId", r.pruned_at as "prunedAt", r.archive_key as "archiveKey"`;

export const RUN_KEYSET: Keyset = {
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

/** What runs may be listed below: their pipeline, the run that they are a part of, the run that they came out of. */
const PARENT_COLUMNS = { pipeline: 'pipeline_id', parent: 'parent_run_id', origin: 'origin_run_id' } as const;
export type RunParent = keyof typeof PARENT_COLUMNS;

type RunsBelow = {
  readonly below: RunParent;
  readonly parentIds: readonly string[];
  readonly status: StatusFilter;
  readonly page: Page;
};

/** The parent that a row was listed below. */
export const parentOfRun = (run: RunRow, below: RunParent): string =>
  ({ pipeline: run.pipelineId, parent: run.parentRunId, origin: run.originRunId })[below] ?? '';

/** The runs below many parents in one statement, each list cut to the page. */
export const listRunsBelow = async (
  client: PoolClient,
  { below, parentIds, status, page }: RunsBelow,
): Promise<RunRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(parentIds, 'uuid[]');
  const statusCondition = status === null ? 'true' : `r.status = any(${parameters.add(status, 'text[]')})`;
  const keyset = keysetSql(RUN_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${RUN_COLUMNS} from runs r
      where r.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        and r.${PARENT_COLUMNS[below]} = parent.id and ${statusCondition} and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<RunRow>(sql, parameters.values)).rows;
};
