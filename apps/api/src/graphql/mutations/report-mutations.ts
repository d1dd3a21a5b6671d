import { requireTenantId } from '../../access.ts';
import {
  assignReport,
  hideReview,
  type Resolution,
  resolveReport,
} from '../../marketplace/moderation/moderate-report.ts';
import { reportPlugin } from '../../marketplace/moderation/report-plugin.ts';
import type { ModeratedReportRow, ReportRow } from '../../marketplace/moderation/report-rows.ts';
import type { ReviewRow } from '../../marketplace/reviews/review-rows.ts';
import { requireRowId } from '../../marketplace/row-id.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { describedEnum } from '../types/described-enum.ts';
import { ModerationReportRef, PluginReportRef, ReportReasonEnum } from '../types/plugin-report.ts';
import { PluginReviewRef } from '../types/plugin-review.ts';

const ReportPluginInput = builder.inputType('ReportPluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    version: t.string({ description: 'The version that it is about; left out: all of them.' }),
    reviewId: t.id({ description: 'Global id of the review that it is about; left out: the plugin.' }),
    reason: t.field({ type: ReportReasonEnum, required: true, description: 'What is wrong.' }),
    description: t.string({ description: 'Up to 2,000 characters of plain text, in lines. OTHER needs it.' }),
  }),
});

const ReportPluginSuccess = builder
  .objectRef<{ readonly kind: 'ReportPluginSuccess'; readonly report: ReportRow }>('ReportPluginSuccess')
  .implement({
    fields: (t) => ({ report: t.expose('report', { type: PluginReportRef, description: 'What the operator sees.' }) }),
  });

builder.mutationField('reportPlugin', (t) =>
  t.field({
    type: resultUnion('ReportPluginResult', ReportPluginSuccess),
    description: example(
      'Tells the operator of the platform that something is wrong. The owner of the plugin does not learn who said so. One open report for each tenant and thing.',
      `
mutation {
  reportPlugin(input: {tenantId: "<tenant>", name: "<usedPlugin>", reason: LEAKS_DATA, description: "Calls a host that it does not name."}) {
    __typename
  }
}`,
    ),
    args: { input: t.arg({ type: ReportPluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ReportPluginSuccess' as const,
        report: await reportPlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          pluginName: input.name,
          version: input.version ?? null,
          reviewId: typeof input.reviewId === 'string' ? requireRowId(context, 'PluginReview', input.reviewId) : null,
          reason: input.reason,
          description: input.description ?? '',
        }),
      })),
  }),
);

const AssignReportInput = builder.inputType('AssignReportInput', {
  fields: (t) => ({ reportId: t.id({ required: true, description: 'Global id of the report.' }) }),
});

const AssignReportSuccess = builder
  .objectRef<{ readonly kind: 'AssignReportSuccess'; readonly report: ModeratedReportRow }>('AssignReportSuccess')
  .implement({
    fields: (t) => ({ report: t.expose('report', { type: ModerationReportRef, description: 'As it is now.' }) }),
  });

builder.mutationField('assignReport', (t) =>
  t.field({
    type: resultUnion('AssignReportResult', AssignReportSuccess),
    description: example(
      'For the operator of the platform alone: takes a report on, also one that another operator has.',
      'mutation { assignReport(input: {reportId: "<report>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: AssignReportInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'AssignReportSuccess' as const,
        report: await assignReport(context, requireRowId(context, 'PluginReport', input.reportId)),
      })),
  }),
);

const ResolutionEnum = describedEnum<Resolution['status']>('ReportResolution', {
  description: 'How a report is decided.',
  values: {
    dismissed: 'Nothing is wrong with what was reported.',
    upheld: 'The report is right; taking something down or hiding it is a step of its own.',
  },
});

const ResolveReportInput = builder.inputType('ResolveReportInput', {
  fields: (t) => ({
    reportId: t.id({ required: true, description: 'Global id of the report.' }),
    resolution: t.field({ type: ResolutionEnum, required: true, description: 'How it is decided.' }),
    note: t.string({ required: true, description: 'What the reporter reads: up to 2,000 characters of plain text.' }),
  }),
});

const ResolveReportSuccess = builder
  .objectRef<{ readonly kind: 'ResolveReportSuccess'; readonly report: ModeratedReportRow }>('ResolveReportSuccess')
  .implement({
    fields: (t) => ({ report: t.expose('report', { type: ModerationReportRef, description: 'As it is now.' }) }),
  });

builder.mutationField('resolveReport', (t) =>
  t.field({
    type: resultUnion('ResolveReportResult', ResolveReportSuccess),
    description: example(
      'For the operator of the platform alone: decides a report.',
      `
mutation {
  resolveReport(input: {reportId: "<report>", resolution: DISMISSED, note: "It names the host in its readme."}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: ResolveReportInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ResolveReportSuccess' as const,
        report: await resolveReport(context, {
          id: requireRowId(context, 'PluginReport', input.reportId),
          status: input.resolution,
          note: input.note,
        }),
      })),
  }),
);

const HidePluginReviewInput = builder.inputType('HidePluginReviewInput', {
  fields: (t) => ({
    reviewId: t.id({ required: true, description: 'Global id of the review.' }),
    reason: t.string({ required: true, description: 'What its author reads: up to 1,000 characters of plain text.' }),
  }),
});

const HidePluginReviewSuccess = builder
  .objectRef<{ readonly kind: 'HidePluginReviewSuccess'; readonly review: ReviewRow }>('HidePluginReviewSuccess')
  .implement({
    fields: (t) => ({ review: t.expose('review', { type: PluginReviewRef, description: 'As it is now.' }) }),
  });

builder.mutationField('hidePluginReview', (t) =>
  t.field({
    type: resultUnion('HidePluginReviewResult', HidePluginReviewSuccess),
    description: example(
      'For the operator of the platform alone: takes a review out of sight and out of the totals.',
      'mutation { hidePluginReview(input: {reviewId: "<review>", reason: "It insults people."}) { __typename } }',
    ),
    args: { input: t.arg({ type: HidePluginReviewInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'HidePluginReviewSuccess' as const,
        review: await hideReview(context, {
          id: requireRowId(context, 'PluginReview', input.reviewId),
          reason: input.reason,
        }),
      })),
  }),
);

const UnhidePluginReviewInput = builder.inputType('UnhidePluginReviewInput', {
  fields: (t) => ({ reviewId: t.id({ required: true, description: 'Global id of the review.' }) }),
});

const UnhidePluginReviewSuccess = builder
  .objectRef<{ readonly kind: 'UnhidePluginReviewSuccess'; readonly review: ReviewRow }>('UnhidePluginReviewSuccess')
  .implement({
    fields: (t) => ({ review: t.expose('review', { type: PluginReviewRef, description: 'As it is now.' }) }),
  });

builder.mutationField('unhidePluginReview', (t) =>
  t.field({
    type: resultUnion('UnhidePluginReviewResult', UnhidePluginReviewSuccess),
    description: example(
      'For the operator of the platform alone: shows a hidden review again.',
      'mutation { unhidePluginReview(input: {reviewId: "<hiddenReview>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: UnhidePluginReviewInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'UnhidePluginReviewSuccess' as const,
        review: await hideReview(context, { id: requireRowId(context, 'PluginReview', input.reviewId), reason: null }),
      })),
  }),
);
