import type { PoolClient } from 'pg';
import { countRows, type ListCount } from '../../list-count.ts';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';

export const REPORT_REASONS = {
  malicious: 'It does harm: steals, destroys, mines, or hides what it does.',
  leaks_data: 'It sends data where it should not go, or its tarball holds what is secret.',
  impersonation: 'It passes itself off as somebody else, or as something else.',
  broken: 'It does not do what it says.',
  offensive: 'What is written insults, threatens, or has nothing to do with the plugin.',
  license: 'It breaks a license or a copyright.',
  other: 'Something else: the description says what.',
} as const;
export type ReportReason = keyof typeof REPORT_REASONS;

export const REPORT_STATUSES = {
  open: 'Nobody has decided yet.',
  dismissed: 'Nothing is wrong with what was reported.',
  upheld: 'The report was right; something was done.',
} as const;
export type ReportStatus = keyof typeof REPORT_STATUSES;

export type ReportRow = {
  readonly id: string;
  readonly pluginName: string;
  readonly version: string | null;
  readonly reviewId: string | null;
  readonly reason: ReportReason;
  readonly description: string;
  readonly status: ReportStatus;
  readonly reportedAt: Date;
  readonly resolutionNote: string | null;
  readonly resolvedAt: Date | null;
};

export const REPORT_COLUMNS = `r.id, r.plugin_name as "pluginName", r.version, r.review_id as "reviewId", r.reason, r.description,
  r.status, r.reported_at as "reportedAt", r.resolution_note as "resolutionNote", r.resolved_at as "resolvedAt"`;

/** What the operator sees besides. */
export type ModeratedReportRow = ReportRow & {
  readonly tenantId: string;
  readonly reporterSlug: string;
  readonly assignedTo: string | null;
  readonly assignedAt: Date | null;
  readonly resolvedBy: string | null;
};

export const MODERATED_COLUMNS = `${REPORT_COLUMNS}, r.tenant_id as "tenantId", r.assigned_to as "assignedTo",
  r.assigned_at as "assignedAt", r.resolved_by as "resolvedBy",
  (select t.slug from tenants t where t.id = r.tenant_id) as "reporterSlug"`;

const KEY: Keyset['columns'] = [
  { column: 'r.reported_at', type: 'timestamptz' },
  { column: 'r.id', type: 'uuid' },
];

export const reportKey = ({ reportedAt, id }: ReportRow): CursorKey => [reportedAt.toISOString(), id];

export const listOwnReports = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<ReportRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql({ columns: KEY, order: 'desc' }, page, parameters);
  const sql = `select ${REPORT_COLUMNS} from plugin_reports r
    where r.tenant_id = ${tenant} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<ReportRow>(sql, parameters.values)).rows;
};

export type ReportFilter = {
  readonly status: readonly ReportStatus[] | null;
  readonly reason: readonly ReportReason[] | null;
  readonly pluginName: string | null;
  /** Whether somebody has taken it on; null: either. */
  readonly isAssigned: boolean | null;
};

const filterSql = ({ status, reason, pluginName, isAssigned }: ReportFilter, parameters: SqlParameters): string =>
  [
    status === null ? null : `r.status = any(${parameters.add(status, 'text[]')})`,
    reason === null ? null : `r.reason = any(${parameters.add(reason, 'text[]')})`,
    pluginName === null ? null : `r.plugin_name = ${parameters.add(pluginName, 'text')}`,
    isAssigned === null ? null : `(r.assigned_to is not null) = ${parameters.add(isAssigned, 'boolean')}`,
  ]
    .filter((condition) => condition !== null)
    .join(' and ') || 'true';

/** Those of all tenants, for the operator of the platform. */
export const listReports = async (
  client: PoolClient,
  { filter, order, page }: Readonly<{ filter: ReportFilter; order: Keyset['order']; page: Page }>,
): Promise<ModeratedReportRow[]> => {
  const parameters = new SqlParameters();
  const where = filterSql(filter, parameters);
  const keyset = keysetSql({ columns: KEY, order }, page, parameters);
  const sql = `select ${MODERATED_COLUMNS} from plugin_reports r where ${where} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<ModeratedReportRow>(sql, parameters.values)).rows;
};

export const countReports = (client: PoolClient, filter: ReportFilter, max: number): Promise<ListCount> => {
  const parameters = new SqlParameters();
  const from = `from plugin_reports r where ${filterSql(filter, parameters)}`;
  return countRows(client, { from, parameters, max });
};

export const fetchReport = async (client: PoolClient, id: string): Promise<ModeratedReportRow | null> => {
  const sql = `select ${MODERATED_COLUMNS} from plugin_reports r where r.id = $1::uuid`;
  return (await client.query<ModeratedReportRow>(sql, [id])).rows[0] ?? null;
};
