import { projectRun } from '@ia-modules/engine';
import type { ApiContext } from '../../context.ts';
import { listConnection, type PageArguments, parsePage, toConnection } from '../../page.ts';
import { loadHistory } from '../../runs/run-history.ts';
import type { RunParent, RunRow } from '../../runs/run-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunOriginKindEnum, RunStatusEnum } from '../enums.ts';
import { RunCompensationRef, RunErrorRef, RunRef } from '../refs.ts';

/** What was deleted, or lies behind the wall of a tenant, shows as nothing. */
const loadOther = ({ tenantId }: RunRow, id: string | null, { loaders }: ApiContext): Promise<RunRow | null> | null =>
  id === null ? null : loaders.runs.load({ tenantId, id });

const runsBelow = async (
  { tenantId, id }: RunRow,
  below: RunParent,
  { args, context }: Readonly<{ args: PageArguments; context: ApiContext }>,
) => {
  const page = parsePage('runs', args, 2, tenantId);
  const rows = await context.loaders.runsBelow.load({ tenantId, id, args: { below, status: null, page } });
  return toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]);
};

builder.objectFields(RunRef, (t) => ({
  priority: t.exposeInt('priority', {
    description: 'Among the runs of the tenant that wait for a worker, the higher goes first.',
  }),
  costUsd: t.exposeFloat('costUsd', { description: 'What its attempts and sub-pipelines have cost, in US dollars.' }),
  parent: t.field({
    type: RunRef,
    nullable: true,
    description: 'Of a sub-pipeline: the run above it.',
    resolve: (run, _args, context) => loadOther(run, run.parentRunId, context),
  }),
  children: t.connection({
    type: RunRef,
    description: 'The sub-pipelines that it ran.',
    complexity: connectionCost,
    resolve: (run, args, context) => runsBelow(run, 'parent', { args, context }),
  }),
  origin: t.field({
    type: RunRef,
    nullable: true,
    description: 'The run that it came out of.',
    resolve: (run, _args, context) => loadOther(run, run.originRunId, context),
  }),
  originKind: t.expose('originKind', {
    description: 'How it came out of `origin`; null when it did not come out of another run.',
    type: RunOriginKindEnum,
    nullable: true,
  }),
  descendants: t.connection({
    type: RunRef,
    description: 'The forks, retries and replays of it.',
    complexity: connectionCost,
    resolve: (run, args, context) => runsBelow(run, 'origin', { args, context }),
  }),
  compensations: t.connection({
    type: RunCompensationRef,
    nullable: true,
    description:
      'What was undone when it failed or was canceled, in the order of undoing. Null, with an error, where its log is gone.',
    complexity: connectionCost,
    resolve: async (run, args, context) => {
      const { events } = await loadHistory(run, context);
      const items = projectRun(events).compensations;
      return listConnection({ list: 'compensations', scope: run.id, items }, args);
    },
  }),
}));

RunCompensationRef.implement({
  description: 'One execution of a step that was undone, or could not be.',
  fields: (t) => ({
    stepId: t.exposeString('stepId', { description: 'Id of the step that is undone.' }),
    iteration: t.exposeString('iteration', {
      description: 'Of a step in loops: which iteration, such as `2.1`. Null otherwise.',
      nullable: true,
    }),
    index: t.exposeString('index', {
      description: 'Of a mapped step: which item, dotted when nested. Null otherwise.',
      nullable: true,
    }),
    status: t.expose('status', { description: 'How far the undoing is.', type: RunStatusEnum }),
    error: t.expose('error', {
      description: 'Why it could not be undone; null when it was.',
      type: RunErrorRef,
      nullable: true,
    }),
  }),
});
