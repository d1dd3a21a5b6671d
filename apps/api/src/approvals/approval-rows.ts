import type { JsonObject } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

export const APPROVAL_STATUSES = ['open', 'approved', 'rejected', 'expired', 'canceled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export type ApprovalRow = {
  /** `<run>:<key>`, as its global id has it. */
  readonly id: string;
  readonly tenantId: string;
  readonly runId: string;
  /** The activity that asks: `stepId#iteration/index`. */
  readonly key: string;
  readonly stepId: string;
  readonly status: ApprovalStatus;
  readonly request: JsonObject;
  readonly assignees: readonly string[];
  readonly requestedAt: Date;
  readonly deadlineAt: Date | null;
  readonly decidedAt: Date | null;
};

const APPROVAL_COLUMNS = `a.run_id || ':' || a.key as id, a.tenant_id as "tenantId", a.run_id as "runId", a.key,
  a.step_id as "stepId", a.status, a.request, a.assignees, a.requested_at as "requestedAt",
  a.deadline_at as "deadlineAt", a.decided_at as "decidedAt"`;

const APPROVAL_KEYSET: Keyset = {
  columns: [
    { column: 'a.requested_at', type: 'timestamptz' },
    { column: 'a.run_id', type: 'uuid' },
    { column: 'a.key', type: 'text' },
  ],
  order: 'desc',
};

export const approvalCursorKey = ({ requestedAt, runId, key }: ApprovalRow) => [requestedAt.toISOString(), runId, key];

const UUID_LENGTH = 36;

/** The parts of an approval's id; what is no id of one is found nowhere. */
export const splitApprovalId = (id: string): { readonly runId: string; readonly key: string } => ({
  runId: id.slice(0, UUID_LENGTH),
  key: id.slice(UUID_LENGTH + 1),
});

const FETCH = `select ${APPROVAL_COLUMNS} from unnest($1::uuid[], $2::text[]) as wanted (run_id, key)
  join approvals a on a.run_id = wanted.run_id and a.key = wanted.key`;

export const fetchApprovals = async (client: PoolClient, ids: readonly string[]): Promise<ApprovalRow[]> => {
  const parts = ids.map(splitApprovalId);
  const values = [parts.map(({ runId }) => runId), parts.map(({ key }) => key)];
  return (await client.query<ApprovalRow>(FETCH, values)).rows;
};

type StatusFilter = readonly ApprovalStatus[] | null;

const statusSql = (status: StatusFilter, parameters: SqlParameters): string =>
  status === null ? 'true' : `a.status = any(${parameters.add(status, 'text[]')})`;

export const listTenantApprovals = async (
  client: PoolClient,
  { tenantId, status, page }: Readonly<{ tenantId: string; status: StatusFilter; page: Page }>,
): Promise<ApprovalRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const statusCondition = statusSql(status, parameters);
  const keyset = keysetSql(APPROVAL_KEYSET, page, parameters);
  const sql = `select ${APPROVAL_COLUMNS} from approvals a
    where a.tenant_id = ${tenant} and ${statusCondition} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<ApprovalRow>(sql, parameters.values)).rows;
};

/** The approvals of many runs in one statement, each list cut to the page. */
export const listRunApprovals = async (
  client: PoolClient,
  { runIds, status, page }: Readonly<{ runIds: readonly string[]; status: StatusFilter; page: Page }>,
): Promise<ApprovalRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(runIds, 'uuid[]');
  const statusCondition = statusSql(status, parameters);
  const keyset = keysetSql(APPROVAL_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${APPROVAL_COLUMNS} from approvals a
      where a.run_id = parent.id and ${statusCondition} and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<ApprovalRow>(sql, parameters.values)).rows;
};
