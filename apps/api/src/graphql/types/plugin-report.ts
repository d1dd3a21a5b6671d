import { opaqueId, tenantGlobalId } from '../../global-id.ts';
import { readAsOperator } from '../../marketplace/operator.ts';
import {
  countReports,
  listOwnReports,
  listReports,
  type ModeratedReportRow,
  REPORT_REASONS,
  REPORT_STATUSES,
  type ReportFilter,
  reportKey,
  type ReportReason,
  type ReportRow,
  type ReportStatus,
} from '../../marketplace/moderation/report-rows.ts';
import { fetchReview } from '../../marketplace/reviews/review-rows.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { TenantRef } from '../refs.ts';
import { describedEnum } from './described-enum.ts';
import { OrderDirectionEnum, totalCount } from './list-order.ts';
import { PluginReviewRef } from './plugin-review.ts';

export const ReportReasonEnum = describedEnum<ReportReason>('PluginReportReason', {
  description: 'What is wrong.',
  values: REPORT_REASONS,
});

const ReportStatusEnum = describedEnum<ReportStatus>('PluginReportStatus', {
  description: 'What became of a report.',
  values: REPORT_STATUSES,
});

export const PluginReportRef = builder.objectRef<ReportRow>('PluginReport').implement({
  description: 'What a tenant has told the operator of the platform of a plugin, a version of it, or a review of it.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('PluginReport', id) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    version: t.exposeString('version', { nullable: true, description: 'The version that it is about; null: all.' }),
    reviewId: t.string({
      nullable: true,
      description: 'The review that it is about; null: the plugin itself.',
      resolve: ({ reviewId }) => (reviewId === null ? null : opaqueId('PluginReview', reviewId)),
    }),
    reason: t.expose('reason', { type: ReportReasonEnum, description: 'What is wrong.' }),
    description: t.exposeString('description', { description: 'In more words. Plain text.' }),
    status: t.expose('status', { type: ReportStatusEnum, description: 'What became of it.' }),
    reportedAt: t.expose('reportedAt', { type: 'DateTime', description: 'When it was reported.' }),
    resolutionNote: t.exposeString('resolutionNote', {
      nullable: true,
      description: 'What the operator of the platform answers. Plain text.',
    }),
    resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true, description: 'When it was decided.' }),
  }),
});

export const ModerationReportRef = builder.objectRef<ModeratedReportRow>('ModerationReport').implement({
  description: 'A report as the operator of the platform sees it. Who reported it, nobody else learns.',
  fields: (t) => ({
    report: t.field({ type: PluginReportRef, description: 'What was reported.', resolve: (report) => report }),
    reporterId: t.id({
      description: 'Global id of the tenant that reported it.',
      resolve: ({ tenantId }) => tenantGlobalId(tenantId),
    }),
    reporterSlug: t.exposeString('reporterSlug', { description: "That tenant's slug." }),
    assignedTo: t.exposeString('assignedTo', {
      nullable: true,
      description: 'The id of the operator who looks into it; null while nobody does.',
    }),
    assignedAt: t.expose('assignedAt', { type: 'DateTime', nullable: true, description: 'Since when.' }),
    resolvedBy: t.exposeString('resolvedBy', { nullable: true, description: 'The id of the operator who decided.' }),
    review: t.field({
      type: PluginReviewRef,
      nullable: true,
      description: 'The review that it is about, hidden or not; null when there is none any more.',
      complexity: { field: 20, multiplier: 1 },
      resolve: ({ reviewId }, _args, context) =>
        reviewId === null ? null : readAsOperator(context, (client) => fetchReview(client, reviewId)),
    }),
  }),
});

builder.queryField('moderationReports', (t) =>
  t.connection(
    {
      type: ModerationReportRef,
      description: example(
        'For the operator of the platform alone: what tenants have reported, the oldest first unless another order is asked for.',
        '{ moderationReports(status: [OPEN], first: 10) { totalCount { count } nodes { assignedTo report { pluginName reason } } } }',
      ),
      args: {
        status: t.arg({ type: [ReportStatusEnum], description: 'Only those with one of these statuses.' }),
        reason: t.arg({ type: [ReportReasonEnum], description: 'Only those with one of these reasons.' }),
        pluginName: t.arg.string({ description: 'Only those about this plugin.' }),
        isAssigned: t.arg.boolean({ description: 'Only those that somebody, or nobody, looks into.' }),
        direction: t.arg({ type: OrderDirectionEnum, description: 'By when they came. Default: ASC.' }),
      },
      complexity: connectionCost,
      resolve: async (_root, args, context) => {
        const filter: ReportFilter = {
          status: args.status ?? null,
          reason: args.reason ?? null,
          pluginName: args.pluginName ?? null,
          isAssigned: args.isAssigned ?? null,
        };
        const order = args.direction ?? 'asc';
        const page = parsePage('moderationReports', args, 2, JSON.stringify([filter, order]));
        const rows = await readAsOperator(context, (client) => listReports(client, { filter, order, page }));
        const count = (max: number) => readAsOperator(context, (client) => countReports(client, filter, max));
        return { ...toConnection(page, rows, reportKey), count };
      },
    },
    {
      name: 'ModerationReportConnection',
      fields: (connection) => ({ totalCount: totalCount(connection) }),
    },
    { name: 'ModerationReportConnectionEdge' },
  ),
);

builder.objectField(TenantRef, 'pluginReports', (t) =>
  t.connection({
    type: PluginReportRef,
    description: 'What this tenant has reported, the latest first.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('pluginReports', args, 2, tenantId);
      const rows = await session.read(tenantId, 'plugin.review', (client) =>
        listOwnReports(client, { tenantId, page }),
      );
      return toConnection(page, rows, reportKey);
    },
  }),
);
