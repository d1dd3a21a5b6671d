import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { tenantNodeId } from '../../global-id.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { builder } from '../builder.ts';
import { RunStatusEnum } from '../enums.ts';
import { PipelineRef, PipelineVersionRef, RunErrorRef, RunRef, TenantRef } from '../refs.ts';
import { loadVersionOfRun } from './run-version.ts';
import { loadTenant } from './tenant-lookup.ts';

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
      resolve: (run, _args, context) => loadVersionOfRun(run, context),
    }),
    tenant: t.field({ type: TenantRef, resolve: (run, _args, context) => loadTenant(run.tenantId, context) }),
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
