import { createProjection, type RunEvent, type StepView } from '@ia-modules/engine';
import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { opaqueId, tenantNodeId } from '../../global-id.ts';
import { encodeCursor, listConnection, toConnection } from '../../page.ts';
import { EVENT_LIST, eventCursorKey, gapOfPage, parseLogPage } from '../../runs/log-page.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { loadWholeLog } from '../../runs/whole-log.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunStatusEnum } from '../enums.ts';
import {
  GapRef,
  PipelineRef,
  PipelineVersionRef,
  PluginReferenceRef,
  RunErrorRef,
  RunEventRef,
  RunRef,
  RunStepRef,
  TenantRef,
} from '../refs.ts';
import { loadTenant } from './tenant-lookup.ts';

const loadVersion = async (run: RunRow, context: ApiContext) => {
  const key = { tenantId: run.tenantId, id: run.pipelineVersionId };
  const version = await context.loaders.pipelineVersions.load(key);
  if (version === null) throw notFound();
  return version;
};

const loadValues = async ({ tenantId, id }: RunRow, context: ApiContext) => {
  const values = await context.loaders.runValues.load({ tenantId, id });
  if (values === null) throw notFound();
  return values;
};

const loadPipeline = async (run: RunRow, context: ApiContext) => {
  const pipeline = await context.loaders.pipelines.load({ tenantId: run.tenantId, id: run.pipelineId });
  if (pipeline === null) throw notFound();
  return pipeline;
};

const stepIdsOf = (definition: unknown): string[] =>
  (definition as { readonly steps: readonly { readonly id: string }[] }).steps.map((step) => step.id);

/** Steps in the order of the definition; those that no event has named yet are pending. None when the log is gone. */
const loadSteps = async (run: RunRow, context: ApiContext): Promise<StepView[]> => {
  const [version, events] = await Promise.all([loadVersion(run, context), loadWholeLog(run, context)]);
  if (events === null) return [];
  const stepIds = stepIdsOf(version.definition);
  const projection = createProjection({ stepIds });
  for (const event of events) projection.apply(event);
  const { steps } = projection.view;
  return stepIds.flatMap((stepId) => steps[stepId] ?? []);
};

const dateOrNull = (at: number | null): Date | null => (at === null ? null : new Date(at));

const durationMs = ({ startedAt, finishedAt }: RunRow): number | null =>
  startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();

RunRef.implement({
  description: 'One execution of a pipeline version.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (run) => tenantNodeId('Run', run) }),
    status: t.expose('status', { description: 'How far it is.', type: RunStatusEnum }),
    waitReason: t.exposeString('waitReason', {
      nullable: true,
      description:
        'Why the run is `waiting`: timer, retry, approval, signal, concurrency, paused, breakpoint, budget or effect.',
    }),
    parameters: t.field({
      description: 'What it was started with, defaults filled in.',
      type: 'JSON',
      resolve: async (run, _args, context) => (await loadValues(run, context)).parameters,
    }),
    outputs: t.field({
      description: "What the pipeline's `outputs` gave; null until it succeeded.",
      type: 'JSON',
      nullable: true,
      resolve: async (run, _args, context) => (await loadValues(run, context)).outputs,
    }),
    error: t.expose('error', {
      description: 'Why it failed; null when it did not.',
      type: RunErrorRef,
      nullable: true,
    }),
    trigger: t.field({
      description:
        'What started it: `type` is manual, schedule, webhook, event or subpipeline; the rest says which and who.',
      type: 'JSON',
      resolve: (run) => run.trigger,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', {
      description: 'When a worker began it; null before.',
      type: 'DateTime',
      nullable: true,
    }),
    finishedAt: t.expose('finishedAt', {
      description: 'When it ended; null before.',
      type: 'DateTime',
      nullable: true,
    }),
    durationMs: t.int({
      nullable: true,
      description: 'From start to finish; null until finished.',
      resolve: durationMs,
    }),
    pipeline: t.field({ type: PipelineRef, resolve: (run, _args, context) => loadPipeline(run, context) }),
    pipelineVersion: t.field({
      description: 'The version that it runs; later saves change nothing about it.',
      type: PipelineVersionRef,
      resolve: (run, _args, context) => loadVersion(run, context),
    }),
    tenant: t.field({ type: TenantRef, resolve: (run, _args, context) => loadTenant(run.tenantId, context) }),
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
    steps: t.connection({
      type: RunStepRef,
      description: 'From the archive when the log was pruned; none when there is no archive either.',
      complexity: connectionCost,
      resolve: async (run, args, context) => {
        const steps = await loadSteps(run, context);
        return listConnection({ list: 'steps', scope: run.id, items: steps.map((step) => ({ run, step })) }, args);
      },
    }),
  }),
});

RunErrorRef.implement({
  description: "An error as a run's log records it.",
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its class: what `retry.on` and conditions see.' }),
    code: t.exposeString('code', { description: 'Stable code: `IA_<AREA>_<WHAT>`, or what a plugin gave.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    hint: t.exposeString('hint', { description: 'What to do next.', nullable: true }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether trying again may help.' }),
    details: t.field({
      description: 'What else the error says; its form depends on the code.',
      type: 'JSON',
      nullable: true,
      resolve: (error) => error.details,
    }),
  }),
});

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
