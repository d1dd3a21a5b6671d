import type { RunEvent } from '@ia-modules/engine';
import { encodeCursor, toConnection } from '../../page.ts';
import { EVENT_LIST, eventCursorKey, gapOfPage, parseLogPage } from '../../runs/log-page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { GapRef, RunEventRef, RunRef } from '../refs.ts';

builder.objectFields(RunRef, (t) => ({
  events: t.connection(
    {
      description: 'Its log: every event in order, from the first one.',
      type: RunEventRef,
      complexity: connectionCost,
      resolve: async (run, args, context) => {
        const { tenantId, id } = run;
        const page = parseLogPage(id, args);
        const events = await context.loaders.eventsOfRuns.load({ tenantId, id, args: page });
        return { ...toConnection(page, events, eventCursorKey), gap: gapOfPage(run, page) };
      },
    },
    {
      fields: (connection) => ({
        gap: connection.expose('gap', {
          type: GapRef,
          nullable: true,
          description: 'What this page can not show, as the log was pruned.',
        }),
      }),
    },
  ),
}));

const cursorOfEvent = (event: RunEvent): string => encodeCursor(EVENT_LIST, eventCursorKey(event));

RunEventRef.implement({
  description: "One entry of a run's log.",
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'From 1, without gaps.' }),
    at: t.field({ description: 'When it happened.', type: 'DateTime', resolve: (event) => new Date(event.at) }),
    type: t.exposeString('type', {
      description: 'What happened: `run_started`, `task_scheduled`, `step_succeeded` and so on.',
    }),
    stepId: t.exposeString('stepId', {
      description: 'The step that it is about; null for the run as a whole.',
      nullable: true,
    }),
    iteration: t.exposeString('iteration', {
      nullable: true,
      description: 'Loop counts, outermost first, joined by dots.',
    }),
    index: t.exposeString('index', {
      nullable: true,
      description: 'Item index of a mapped step, dotted when nested.',
    }),
    attempt: t.exposeInt('attempt', {
      description: 'Of an attempt: which one, from 1. Null otherwise.',
      nullable: true,
    }),
    part: t.exposeString('part', {
      nullable: true,
      description:
        'What of the step this is about when it is not its own work: `validate/0`, `condition/2`, `compensate`, `hook/0/3`.',
    }),
    data: t.field({
      description: 'What the event says; its form depends on the type.',
      type: 'JSON',
      resolve: (event) => event.data,
    }),
    cursor: t.string({
      description: 'Pass it as `after` to continue behind this event.',
      resolve: cursorOfEvent,
    }),
  }),
});
