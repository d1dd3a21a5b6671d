import { requireTenantNodeId } from '../../access.ts';
import { openFeed } from '../../live/open-feed.ts';
import { isGap } from '../../live/run-event-source.ts';
import { type RunLineItem, runLineSource } from '../../live/run-line-source.ts';
import { parseLineCursor } from '../../runs/run-lines.ts';
import { builder } from '../builder.ts';
import { LogLineLevelEnum } from '../enums.ts';
import { example } from '../example.ts';
import { GapRef, RunLogLineRef } from '../refs.ts';

const RunLogPayload = builder.unionType('RunLogPayload', {
  description: 'A line of a run, or what is missing in its place.',
  types: [RunLogLineRef, GapRef],
  resolveType: (item) => (isGap(item) ? 'Gap' : 'RunLogLine'),
});

builder.subscriptionField('runLogs', (t) =>
  t.field({
    type: RunLogPayload,
    description: example(
      "What a run's steps and plugins write: what is stored behind `after` first, then live, in order, once each; completes when the run has ended. Of several reports of progress of one attempt the last one may stand for all.",
      'subscription { runLogs(runId: "<run>", levels: [WARN, ERROR]) { ... on RunLogLine { at level message cursor } } }',
    ),
    args: {
      runId: t.arg.id({ required: true, description: 'The run that is followed.' }),
      after: t.arg.string({ description: 'The cursor of the last line that was seen.' }),
      levels: t.arg({ type: [LogLineLevelEnum], required: false, description: 'Lines of these levels alone.' }),
    },
    subscribe: (_root, { runId, after, levels }, context) => {
      const key = requireTenantNodeId(context.viewer.principal, 'Run', runId);
      const wanted = levels == null ? null : new Set(levels);
      return openFeed({
        context,
        source: runLineSource,
        key,
        after: [parseLineCursor(key.id, after), 0],
        isWanted: (item) => wanted === null || isGap(item) || wanted.has(item.level),
      });
    },
    resolve: (item: RunLineItem) => item,
  }),
);
