import { requireTenantId } from '../../access.ts';
import type { ReviewRow } from '../../marketplace/reviews/review-rows.ts';
import { requireRowId } from '../../marketplace/row-id.ts';
import { answerReview, deleteReview, writeReview } from '../../marketplace/reviews/write-review.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { PluginReviewRef } from '../types/plugin-review.ts';

const WritePluginReviewInput = builder.inputType('WritePluginReviewInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    version: t.string({ description: 'The version that it is about. Default: the one that a run used last.' }),
    stars: t.int({ required: true, description: 'From 1 to 5.' }),
    title: t.string({ required: true, description: 'Up to 120 characters of plain text.' }),
    body: t.string({ description: 'Up to 4,000 characters of plain text, in lines.' }),
    isSigned: t.boolean({
      description: "Whether it shows the tenant's profile as a publisher. Default: false, it shows nobody.",
    }),
  }),
});

const WritePluginReviewSuccess = builder
  .objectRef<{ readonly kind: 'WritePluginReviewSuccess'; readonly review: ReviewRow }>('WritePluginReviewSuccess')
  .implement({
    fields: (t) => ({ review: t.expose('review', { type: PluginReviewRef, description: 'As everybody sees it.' }) }),
  });

builder.mutationField('writePluginReview', (t) =>
  t.field({
    type: resultUnion('WritePluginReviewResult', WritePluginReviewSuccess),
    description: example(
      'Says what a tenant thinks of a plugin of others that it ran, or says it anew. One review for each tenant and plugin.',
      `
mutation {
  writePluginReview(input: {tenantId: "<tenant>", name: "<usedPlugin>", stars: 5, title: "Does what it says"}) {
    __typename
    ... on WritePluginReviewSuccess { review { stars version } }
  }
}`,
    ),
    args: { input: t.arg({ type: WritePluginReviewInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'WritePluginReviewSuccess' as const,
        review: await writeReview(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          pluginName: input.name,
          version: input.version ?? null,
          stars: input.stars,
          title: input.title,
          body: input.body ?? '',
          isSigned: input.isSigned === true,
        }),
      })),
  }),
);

const DeletePluginReviewInput = builder.inputType('DeletePluginReviewInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
  }),
});

const DeletePluginReviewSuccess = builder
  .objectRef<{ readonly kind: 'DeletePluginReviewSuccess'; readonly name: string }>('DeletePluginReviewSuccess')
  .implement({
    fields: (t) => ({ name: t.exposeString('name', { description: 'Name of the package that it was about.' }) }),
  });

builder.mutationField('deletePluginReview', (t) =>
  t.field({
    type: resultUnion('DeletePluginReviewResult', DeletePluginReviewSuccess),
    description: example(
      'Takes back what a tenant says of a plugin; refused while the operator of the platform hides it.',
      'mutation { deletePluginReview(input: {tenantId: "<tenant>", name: "<reviewedPlugin>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DeletePluginReviewInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        await deleteReview(context, { tenantId, pluginName: input.name });
        return { kind: 'DeletePluginReviewSuccess' as const, name: input.name };
      }),
  }),
);

const AnswerPluginReviewInput = builder.inputType('AnswerPluginReviewInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Global id of the tenant that publishes the plugin.' }),
    reviewId: t.id({ required: true, description: 'Global id of the review.' }),
    answer: t.string({ description: 'Up to 4,000 characters of plain text, in lines. Null takes the answer back.' }),
  }),
});

const AnswerPluginReviewSuccess = builder
  .objectRef<{ readonly kind: 'AnswerPluginReviewSuccess'; readonly review: ReviewRow }>('AnswerPluginReviewSuccess')
  .implement({
    fields: (t) => ({ review: t.expose('review', { type: PluginReviewRef, description: 'As everybody sees it.' }) }),
  });

builder.mutationField('answerPluginReview', (t) =>
  t.field({
    type: resultUnion('AnswerPluginReviewResult', AnswerPluginReviewSuccess),
    description: example(
      'Answers, as the owner of a plugin, what somebody says of it: one answer for each review, which may be changed.',
      `
mutation {
  answerPluginReview(input: {tenantId: "<tenant>", reviewId: "<foreignReview>", answer: "Fixed in 1.1.0."}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: AnswerPluginReviewInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'AnswerPluginReviewSuccess' as const,
        review: await answerReview(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          reviewId: requireRowId(context, 'PluginReview', input.reviewId),
          answer: input.answer ?? null,
        }),
      })),
  }),
);
