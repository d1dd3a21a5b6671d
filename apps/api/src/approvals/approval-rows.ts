import type { JsonObject } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { countRows, type ListCount } from '../list-count.ts';
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

/** How assignees name one person: by id, address and role. */
export type AssigneeNames = readonly string[];

export type ApprovalFilter = {
  readonly status: StatusFilter;
  /** Only those that ask this person, or everybody; null: whomever they ask. */
  readonly assignees: AssigneeNames | null;
};

type ApprovalScope = { readonly tenantId: string; readonly filter: ApprovalFilter };

const conditionsOf = ({ tenantId, filter }: ApprovalScope, parameters: SqlParameters): string => {
  const tenant = `a.tenant_id = ${parameters.add(tenantId, 'uuid')}`;
  if (filter.assignees === null) return tenant;
  const names = parameters.add(filter.assignees, 'text[]');
  return `${tenant} and (a.assignees = '{}' or lower(a.assignees::text)::text[] && ${names})`;
};

/** Each status is read by its own index, which a list of them in one condition would keep from being used. */
const branchesOf = (status: StatusFilter): string[] => {
  if (status === null) return ['true'];
  return status.length === 0 ? ['false'] : [...new Set(status)].map((one) => `a.status = '${one}'`);
};

/** The approvals of a tenant in the order of the requests. */
export const listTenantApprovals = async (
  client: PoolClient,
  scope: ApprovalScope & { readonly order: Keyset['order']; readonly page: Page },
): Promise<ApprovalRow[]> => {
  const parameters = new SqlParameters();
  const conditions = conditionsOf(scope, parameters);
  const keyset = keysetSql({ ...APPROVAL_KEYSET, order: scope.order }, scope.page, parameters);
  const [first = '', ...others] = branchesOf(scope.filter.status).map(
    (branch) => `select ${APPROVAL_COLUMNS} from approvals a
      where ${conditions} and ${branch} and ${keyset.where} ${keyset.orderAndLimit}`,
  );
  if (others.length === 0) return (await client.query<ApprovalRow>(first, parameters.values)).rows;
  const merged = [first, ...others].map((branch) => `(${branch})`).join(' union all ');
  const order = keyset.orderAndLimit
    .replaceAll('a.requested_at', '"requestedAt"')
    .replaceAll('a.run_id', '"runId"')
    .replaceAll('a.key', 'key');
  return (await client.query<ApprovalRow>(`select * from (${merged}) a ${order}`, parameters.values)).rows;
};

export const countTenantApprovals = (
  client: PoolClient,
  { max, ...scope }: ApprovalScope & { readonly max: number },
): Promise<ListCount> => {
  const parameters = new SqlParameters();
  const branches = branchesOf(scope.filter.status).map((branch) => `(${branch})`);
  const from = `from approvals a where ${conditionsOf(scope, parameters)} and (${branches.join(' or ')})`;
  return countRows(client, { from, parameters, max });
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
