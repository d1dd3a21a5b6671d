import { requireTenantNodeId } from '../../access.ts';
import { openFeed } from '../../live/open-feed.ts';
import { isGap, type RunEventItem, runEventSource } from '../../live/run-event-source.ts';
import { parseEventCursor } from '../../runs/log-page.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { GapRef, RunEventRef } from '../refs.ts';

GapRef.implement({
  description: 'History that is not available any more.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'The first missing sequence number.' }),
    to: t.exposeInt('to', { description: 'The last missing sequence number.' }),
  }),
});

const RunEventPayload = builder.unionType('RunEventPayload', {
  description: "An entry of a run's log, or what is missing in its place.",
  types: [RunEventRef, GapRef],
  resolveType: (item) => (isGap(item) ? 'Gap' : 'RunEvent'),
});

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEventPayload,
    description: example(
      "A run's events: what is stored behind `after` first, then live, in order, once each; completes after the event that ends the run.",
      'subscription { runEvents(runId: "<run>") { ... on RunEvent { seq type stepId cursor } ... on Gap { from to } } }',
    ),
    args: {
      runId: t.arg.id({ required: true, description: 'The run that is followed.' }),
      after: t.arg.string({ description: 'The cursor of the last event that was seen.' }),
    },
    subscribe: (_root, { runId, after }, context) => {
      const key = requireTenantNodeId(context.viewer.principal, 'Run', runId);
      return openFeed({ context, source: runEventSource, key, after: [parseEventCursor(key.id, after), 0] });
    },
    resolve: (item: RunEventItem) => item,
  }),
);
