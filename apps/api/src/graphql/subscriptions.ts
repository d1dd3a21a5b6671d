import { notFound, requireTenantNodeId } from '../access.ts';
import { parseEventCursor } from '../runs/log-page.ts';
import { type FeedItem, openRunFeed } from '../runs/run-feed.ts';
import { builder } from './builder.ts';
import { example } from './example.ts';
import { GapRef, RunEventRef } from './refs.ts';

GapRef.implement({
  description: 'History that is not available any more.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'The first missing sequence number.' }),
    to: t.exposeInt('to', { description: 'The last missing sequence number.' }),
  }),
});

const RunEventPayload = builder.unionType('RunEventPayload', {
  types: [RunEventRef, GapRef],
  resolveType: (item) => ('seq' in item ? 'RunEvent' : 'Gap'),
});

const payloadOf = (item: FeedItem) => (item.kind === 'event' ? item.event : item.gap);

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEventPayload,
    description: example(
      "A run's events: what is stored behind `after` first, then live, in order, once each; completes after the event that ends the run.",
      'subscription { runEvents(runId: "<run>") { ... on RunEvent { seq type stepId cursor } ... on Gap { from to } } }',
    ),
    args: {
      runId: t.arg.id({ required: true }),
      after: t.arg.string({ description: 'The cursor of the last event that was seen.' }),
    },
    subscribe: async (_root, { runId, after }, context) => {
      const key = requireTenantNodeId(context.viewer.principal, 'Run', runId);
      const afterSeq = parseEventCursor(key.id, after);
      const run = await context.loaders.runs.load(key);
      await context.session.close();
      if (run === null) throw notFound();
      return openRunFeed({ context, tenantId: key.tenantId, runId: key.id, afterSeq });
    },
    resolve: payloadOf,
  }),
);
