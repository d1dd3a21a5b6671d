import { appendAudit } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { notFound } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { conflict } from '../conflict.ts';
import { changeAsOperator, readAsOperator } from '../operator.ts';
import { plainText } from '../plain-text.ts';
import { fetchReport, MODERATED_COLUMNS, type ModeratedReportRow, type ReportStatus } from './report-rows.ts';
import { fetchReview, REVIEW_COLUMNS, type ReviewRow } from '../reviews/review-rows.ts';

const requireReport = async (context: ApiContext, id: string): Promise<ModeratedReportRow> => {
  const report = await readAsOperator(context, (client) => fetchReport(client, id));
  if (report === null) throw notFound();
  return report;
};

type Decision = {
  readonly report: ModeratedReportRow;
  readonly action: string;
  readonly sql: string;
  /** Behind the report's id; who decides comes last. */
  readonly values: readonly string[];
  /** What the reporter's audit log says of it. */
  readonly details: Readonly<Record<string, string>>;
};

const decide = (context: ApiContext, decision: Decision): Promise<ModeratedReportRow> => {
  const { report, action, sql, values, details } = decision;
  const { id, tenantId, pluginName } = report;
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [done] = await tx.$queryRawUnsafe<[{ isDone: boolean }]>(sql, id, ...values, operator.userId);
    if (!done.isDone) throw conflict('This report is decided already.');
    const [changed] = await tx.$queryRawUnsafe<[ModeratedReportRow]>(
      `select ${MODERATED_COLUMNS} from plugin_reports r where r.id = $1::uuid`,
      id,
    );
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action,
      target: `plugin:${pluginName}`,
      details: { report: id, ...details },
    });
    return changed;
  });
};

/** Takes a report on: other operators see who looks into it. */
export const assignReport = async (context: ApiContext, id: string): Promise<ModeratedReportRow> => {
  const report = await requireReport(context, id);
  const sql = 'select assign_report($1::uuid, $2) as "isDone"';
  return decide(context, { report, action: 'plugin.assign_report', sql, values: [], details: {} });
};

export type Resolution = {
  readonly id: string;
  readonly status: Exclude<ReportStatus, 'open'>;
  /** The reporter reads it. */
  readonly note: string;
};

export const resolveReport = async (context: ApiContext, resolution: Resolution): Promise<ModeratedReportRow> => {
  const { id, status } = resolution;
  const report = await requireReport(context, id);
  const note = plainText(resolution.note, { name: 'note', maxLength: 2_000, hasLines: true });
  const sql = 'select resolve_report($1::uuid, $2, $3, $4) as "isDone"';
  return decide(context, {
    report,
    action: 'plugin.resolve_report',
    sql,
    values: [status, note],
    details: { status, note },
  });
};

const FIND_REVIEWER = 'select r.tenant_id as "tenantId" from plugin_reviews r where r.id = $1::uuid';

const findReviewer = async (client: PoolClient, id: string) => {
  const review = await fetchReview(client, id);
  const { rows } = await client.query<{ tenantId: string }>(FIND_REVIEWER, [id]);
  if (review === null || rows[0] === undefined) throw notFound();
  return rows[0].tenantId;
};

/** Takes a review out of sight and out of the totals, or, without a reason, shows it again. */
export const hideReview = async (
  context: ApiContext,
  { id, reason }: Readonly<{ id: string; reason: string | null }>,
): Promise<ReviewRow> => {
  const tenantId = await readAsOperator(context, (client) => findReviewer(client, id));
  const why = reason === null ? null : plainText(reason, { name: 'reason', maxLength: 1_000, hasLines: true });
  return changeAsOperator(context, tenantId, async (tx, operator) => {
    const [done] = await tx.$queryRaw<[{ isDone: boolean }]>`
      select hide_review(${id}::uuid, ${why}, ${operator.userId}) as "isDone"`;
    if (!done.isDone) throw conflict(why === null ? 'This review is not hidden.' : 'This review is hidden already.');
    const sql = `select ${REVIEW_COLUMNS} from plugin_reviews r where r.id = $1::uuid`;
    const [review] = await tx.$queryRawUnsafe<[ReviewRow]>(sql, id);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action: why === null ? 'plugin.unhide_review' : 'plugin.hide_review',
      target: `plugin:${review.pluginName}`,
      details: { review: id, reason: why },
    });
    return review;
  });
};
