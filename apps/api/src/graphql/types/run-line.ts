import { encodeCursor, toConnection } from '../../page.ts';
import { LINE_LIST, lineCursorKey, pageOfLines, parseLinePage } from '../../runs/run-lines.ts';
import { ValueBudget } from '../../value-budget.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { LogLineLevelEnum } from '../enums.ts';
import { RunLogLineRef, RunRef } from '../refs.ts';

RunLogLineRef.implement({
  description: 'A line that an attempt of a run wrote for people. Lines are no events: a crash may lose the last ones.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'From 1, without gaps, within the run.' }),
    at: t.field({ type: 'DateTime', description: 'When it was written.', resolve: ({ at }) => new Date(at) }),
    level: t.expose('level', {
      type: LogLineLevelEnum,
      description: 'How much it matters, or that it tells of progress.',
    }),
    message: t.exposeString('message', { description: 'At most 8 KiB; secrets show as `***`.' }),
    fraction: t.float({
      nullable: true,
      description: 'Of a report of progress: how far the attempt is, from 0 to 1.',
      resolve: ({ fraction }) => fraction ?? null,
    }),
    stepId: t.string({
      nullable: true,
      description: 'The step that wrote it; null where the platform says something about the lines.',
      resolve: ({ stepId }) => stepId ?? null,
    }),
    iteration: t.string({
      nullable: true,
      description: 'Loop counts, outermost first, joined by dots.',
      resolve: ({ iteration }) => iteration ?? null,
    }),
    index: t.string({
      nullable: true,
      description: 'Item index of a mapped step, dotted when nested.',
      resolve: ({ index }) => index ?? null,
    }),
    part: t.string({
      nullable: true,
      description: 'What of the step wrote it when it is not its own work, as in `RunEvent.part`.',
      resolve: ({ part }) => part ?? null,
    }),
    attempt: t.int({
      nullable: true,
      description: 'Which try of the task wrote it.',
      resolve: ({ attempt }) => attempt ?? null,
    }),
    cursor: t.string({
      description: 'Pass it as `after` to continue behind this line.',
      resolve: (line) => encodeCursor(LINE_LIST, lineCursorKey(line)),
    }),
  }),
});

builder.objectField(RunRef, 'logs', (t) =>
  t.connection({
    type: RunLogLineRef,
    description:
      'What its steps and plugins wrote, the oldest first: 10,000 lines or 4 MiB at most. None when the log was pruned.',
    args: {
      levels: t.arg({ type: [LogLineLevelEnum], required: false, description: 'Lines of these levels alone.' }),
      stepId: t.arg.string({ description: 'Lines of this step alone.' }),
    },
    complexity: connectionCost,
    resolve: async ({ tenantId, id }, args, { session }) => {
      const page = parseLinePage(id, args);
      const filter = { levels: args.levels ?? null, stepId: args.stepId ?? null };
      const lines = await session.read(tenantId, 'run.read', (client) =>
        pageOfLines(client, { runId: id, page, filter }, new ValueBudget()),
      );
      return toConnection(page, lines, lineCursorKey);
    },
  }),
);
