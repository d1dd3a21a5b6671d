import { appendAudit, Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { conflict } from '../conflict.ts';
import { plainText } from '../plain-text.ts';
import { REPORT_COLUMNS, type ReportReason, type ReportRow } from './report-rows.ts';

export type ReportRequest = {
  /** Who reports. */
  readonly tenantId: string;
  readonly pluginName: string;
  readonly version: string | null;
  readonly reviewId: string | null;
  readonly reason: ReportReason;
  readonly description: string;
};

/** So many reports of a tenant are taken in a day. */
export const MAX_REPORTS_PER_DAY = 20;

const COUNT_RECENT = `select count(*)::int as count from plugin_reports r
  where r.tenant_id = $1::uuid and r.reported_at > now() - interval '1 day'`;

const FIND_REVIEW = `select 1 from plugin_reviews r where r.id = $1::uuid and r.plugin_name = $2 and r.hidden_at is null`;

const requireSubject = async (tx: Prisma.TransactionClient, request: ReportRequest): Promise<void> => {
  const { tenantId, pluginName, version, reviewId } = request;
  const plugin = await tx.plugin.findUnique({ where: { name: pluginName }, select: { tenantId: true } });
  if (plugin === null) throw notFound();
  if (reviewId !== null) {
    const found = await tx.$queryRawUnsafe<unknown[]>(FIND_REVIEW, reviewId, pluginName);
    if (found.length === 0) throw notFound();
  } else if (plugin.tenantId === tenantId) {
    throw conflict('A tenant does not report its own plugins.', 'Deprecate it, or publish an advisory.');
  }
  if (version === null) return;
  const where = { pluginName_version: { pluginName, version } };
  const found = await tx.pluginVersion.findUnique({ where, select: { version: true } });
  if (found === null) throw notFound();
};

/** Reports of one tenant come one after the other: each counts those before it. */
const refuseTooMany = async (tx: Prisma.TransactionClient, tenantId: string): Promise<void> => {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`reports ${tenantId}`}, 0))`;
  const [recent] = await tx.$queryRawUnsafe<[{ count: number }]>(COUNT_RECENT, tenantId);
  if (recent.count < MAX_REPORTS_PER_DAY) return;
  throw new PlatformError({
    code: 'IA_API_QUOTA',
    message: `A tenant reports up to ${MAX_REPORTS_PER_DAY} things within a day.`,
    hint: 'Report the rest tomorrow.',
  });
};

const INSERT = `insert into plugin_reports as r (id, tenant_id, plugin_name, version, review_id, reason, description, reported_by)
  values ($1::uuid, $2::uuid, $3, $4, $5::uuid, $6, $7, $8) on conflict do nothing returning ${REPORT_COLUMNS}`;

/** Tells the operator of the platform that something is wrong with a plugin, a version of it, or a review of it. */
export const reportPlugin = async (context: ApiContext, request: ReportRequest): Promise<ReportRow> => {
  const { tenantId, pluginName, version, reviewId, reason } = request;
  if (version !== null && reviewId !== null) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: 'Report either a version or a review.' });
  }
  const rule = { name: 'description', maxLength: 2_000, hasLines: true, mayBeEmpty: reason !== 'other' };
  const description = plainText(request.description, rule);
  return context.change(tenantId, 'plugin.review', async (tx, principal) => {
    await requireSubject(tx, request);
    await refuseTooMany(tx, tenantId);
    const by = principalId(principal);
    const values = [uuid(), tenantId, pluginName, version, reviewId, reason, description, by];
    const [report] = await tx.$queryRawUnsafe<ReportRow[]>(INSERT, ...values);
    if (report === undefined) {
      throw conflict('The tenant has reported this already.', 'Wait until the operator of the platform has decided.');
    }
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.report',
      target: `plugin:${pluginName}`,
      details: { report: report.id, version, review: reviewId, reason },
    });
    return report;
  });
};
