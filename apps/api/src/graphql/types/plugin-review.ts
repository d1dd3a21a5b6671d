import { opaqueId } from '../../global-id.ts';
import { loadPublisherByScope } from '../../marketplace/publishers/publisher-rows.ts';
import {
  fetchOwnReview,
  listReviews,
  type Rating,
  readRating,
  reviewKey,
  reviewKeyLength,
  type ReviewOrder,
  type ReviewRow,
  type StarCount,
} from '../../marketplace/reviews/review-rows.ts';
import { parsePage, toConnection } from '../../page.ts';
import { readCatalogue } from '../../plugins/catalogue.ts';
import { builder } from '../builder.ts';
import { statementConnectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PluginRef, TenantRef } from '../refs.ts';
import { PublisherRef } from './publisher.ts';

export const PluginReviewRef = builder.objectRef<ReviewRow>('PluginReview').implement({
  description: 'What a tenant that ran a plugin says of it. Who that is shows only where it is signed.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('PluginReview', id) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    version: t.exposeString('version', {
      description: 'The version that it is about; a run of the tenant has used it.',
    }),
    stars: t.exposeInt('stars', { description: 'From 1 to 5.' }),
    title: t.exposeString('title', { description: 'In a few words. Plain text.' }),
    body: t.exposeString('body', { description: 'In more words. Plain text.' }),
    publisher: t.field({
      type: PublisherRef,
      nullable: true,
      description: 'The profile that it is signed with; null where it is not signed.',
      resolve: ({ publisherScope }, _args, context) =>
        publisherScope === null ? null : loadPublisherByScope(context, publisherScope),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    answer: t.exposeString('answer', { nullable: true, description: "What the plugin's owner answers. Plain text." }),
    answeredAt: t.expose('answeredAt', { type: 'DateTime', nullable: true, description: 'When that was written.' }),
    hiddenReason: t.exposeString('hiddenReason', {
      nullable: true,
      description: 'Why the operator of the platform has hidden it; nobody else sees it then but who wrote it.',
    }),
    hiddenAt: t.expose('hiddenAt', { type: 'DateTime', nullable: true, description: 'Since when it is hidden.' }),
  }),
});

const StarCountRef = builder.objectRef<StarCount>('StarCount').implement({
  description: 'How many gave so many stars.',
  fields: (t) => ({
    stars: t.exposeInt('stars', { description: 'From 1 to 5.' }),
    count: t.exposeInt('count', { description: 'How many reviews.' }),
  }),
});

const PluginRatingRef = builder.objectRef<Rating>('PluginRating').implement({
  description: 'What all reviews of a plugin together say; hidden ones do not count.',
  fields: (t) => ({
    average: t.exposeFloat('average', { nullable: true, description: 'Stars; null while there is no review.' }),
    count: t.exposeInt('count', { description: 'How many reviews there are.' }),
    histogram: t.field({
      type: [StarCountRef],
      description: 'How they spread, from 5 stars to 1.',
      resolve: ({ histogram }) => [...histogram],
    }),
  }),
});

const ReviewOrderEnum = builder.enumType('PluginReviewOrder', {
  description: 'By what reviews are ordered.',
  values: {
    NEWEST: { value: 'newest', description: 'The one that was written last comes first.' },
    HIGHEST: { value: 'highest', description: 'The one with most stars comes first, of those the newest.' },
    LOWEST: { value: 'lowest', description: 'The one with fewest stars comes first, of those the oldest.' },
  } as const,
});

/** A statement of its own. */
const STATEMENT_COST = { field: 20, multiplier: 1 };

builder.objectFields(PluginRef, (t) => ({
  rating: t.field({
    type: PluginRatingRef,
    description: 'What all reviews together say.',
    complexity: STATEMENT_COST,
    resolve: ({ name, seenFromTenantId }, _args, context) =>
      readCatalogue(context, seenFromTenantId, (reader) => readRating(reader, name)),
  }),
  reviews: t.connection({
    type: PluginReviewRef,
    description: 'What those say who ran it.',
    args: {
      stars: t.arg.intList({ description: 'Only those with so many stars.' }),
      orderBy: t.arg({ type: ReviewOrderEnum, description: 'Default: NEWEST.' }),
    },
    complexity: statementConnectionCost,
    resolve: async ({ name: pluginName, seenFromTenantId }, args, context) => {
      const order: ReviewOrder = args.orderBy ?? 'newest';
      const stars = args.stars ?? null;
      const scope = JSON.stringify([pluginName, stars]);
      const page = parsePage(`reviews by ${order}`, args, reviewKeyLength(order), scope);
      const rows = await readCatalogue(context, seenFromTenantId, (reader) =>
        listReviews(reader, { pluginName, stars, order, page }),
      );
      return toConnection(page, rows, reviewKey(order));
    },
  }),
}));

builder.objectField(TenantRef, 'pluginReview', (t) =>
  t.field({
    type: PluginReviewRef,
    nullable: true,
    description: example(
      'What this tenant says of a plugin, also while it is hidden; null when it says nothing.',
      '{ tenant(slug: "<slug>") { pluginReview(name: "<reviewedPlugin>") { stars title hiddenReason } } }',
    ),
    args: { name: t.arg.string({ required: true, description: 'Name of the package: `@scope/name`.' }) },
    complexity: STATEMENT_COST,
    resolve: ({ id: tenantId }, { name: pluginName }, { session }) =>
      session.read(tenantId, 'plugin.read', (client) => fetchOwnReview(client, { tenantId, pluginName })),
  }),
);
