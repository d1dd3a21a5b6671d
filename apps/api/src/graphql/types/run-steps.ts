import { createProjection, type StepView } from '@ia-modules/engine';
import type { ApiContext } from '../../context.ts';
import { opaqueId } from '../../global-id.ts';
import { listConnection } from '../../page.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { loadWholeLog } from '../../runs/whole-log.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunStatusEnum } from '../enums.ts';
import { PluginReferenceRef, RunErrorRef, RunRef, RunStepRef } from '../refs.ts';
import { loadVersionOfRun } from './run-version.ts';

const stepIdsOf = (definition: unknown): string[] =>
  (definition as { readonly steps: readonly { readonly id: string }[] }).steps.map((step) => step.id);

/** Steps in the order of the definition; those that no event has named yet are pending. None when the log is gone. */
const loadSteps = async (run: RunRow, context: ApiContext): Promise<StepView[]> => {
  const [version, events] = await Promise.all([loadVersionOfRun(run, context), loadWholeLog(run, context)]);
  if (events === null) return [];
  const stepIds = stepIdsOf(version.definition);
  const projection = createProjection({ stepIds });
  for (const event of events) projection.apply(event);
  const { steps } = projection.view;
  return stepIds.flatMap((stepId) => steps[stepId] ?? []);
};

const dateOrNull = (at: number | null): Date | null => (at === null ? null : new Date(at));

builder.objectFields(RunRef, (t) => ({
  steps: t.connection({
    type: RunStepRef,
    description: 'From the archive when the log was pruned; none when there is no archive either.',
    complexity: connectionCost,
    resolve: async (run, args, context) => {
      const steps = await loadSteps(run, context);
      return listConnection({ list: 'steps', scope: run.id, items: steps.map((step) => ({ run, step })) }, args);
    },
  }),
}));

RunStepRef.implement({
  description: 'The state of one step of the definition in one run.',
  fields: (t) => ({
    id: t.id({ resolve: ({ run, step }) => opaqueId('RunStep', run.tenantId, run.id, step.id) }),
    stepId: t.string({ description: 'Id of the step in the definition.', resolve: ({ step }) => step.id }),
    status: t.field({ description: 'How far it is.', type: RunStatusEnum, resolve: ({ step }) => step.status }),
    output: t.field({
      description: 'What it gave; null before it has.',
      type: 'JSON',
      nullable: true,
      resolve: ({ step }) => step.output,
    }),
    error: t.field({
      description: 'Why it failed; null when it did not.',
      type: RunErrorRef,
      nullable: true,
      resolve: ({ step }) => step.error,
    }),
    attempts: t.int({ description: 'How many attempts were made in all.', resolve: ({ step }) => step.attempts }),
    iterations: t.int({
      description: 'How often it was begun: more than once in loops.',
      resolve: ({ step }) => step.iterations,
    }),
    startedAt: t.field({
      description: 'When it began; null before.',
      type: 'DateTime',
      nullable: true,
      resolve: ({ step }) => dateOrNull(step.startedAt),
    }),
    finishedAt: t.field({
      description: 'When it ended; null before.',
      type: 'DateTime',
      nullable: true,
      resolve: ({ step }) => dateOrNull(step.finishedAt),
    }),
    plugin: t.field({
      type: PluginReferenceRef,
      nullable: true,
      description: 'What ran the last attempt, when a plugin did.',
      resolve: ({ step }) => step.plugin,
    }),
  }),
});

PluginReferenceRef.implement({
  description: 'The exact package that ran something.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the package: `@scope/name`.' }),
    version: t.exposeString('version', { description: 'The exact version.' }),
    integrity: t.exposeString('integrity', { description: 'SRI sha512 of the tarball.' }),
  }),
});
