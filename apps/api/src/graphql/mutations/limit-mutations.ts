import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import type { PipelineRow } from '../../pipelines/pipeline-rows.ts';
import { setPipelineLimits } from '../../pipelines/set-pipeline-limits.ts';
import { type LimitsChange, setTenantLimits, type TenantLimits } from '../../tenants/tenant-limits.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { PipelineRef, TenantLimitsRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const SetTenantLimitsInput = builder.inputType('SetTenantLimitsInput', {
  description: 'What is left out stays as it is; null takes a limit away.',
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    weight: t.int({ description: 'Share of the worker beside other tenants: from 1 to 1,000.' }),
    maxConcurrentRuns: t.int({
      description: 'How many runs may be under way at the same time; null: as many as the worker takes.',
    }),
    maxConcurrentTasks: t.int({
      description: 'How many tasks may be under way at the same time; null: as many as the worker takes.',
    }),
    maxRunsPerMinute: t.int({ description: 'How many runs may begin within a minute; null: any number.' }),
    maxRunsPerDay: t.int({ description: 'Runs started on one day of UTC.' }),
    maxEventsPerDay: t.float({ description: 'Events written on one day of UTC: a whole number.' }),
    maxStorageBytes: t.float({ description: 'Bytes of logs and large values: a whole number.' }),
    maxPlugins: t.int({ description: 'Installed plugins.' }),
    maxPipelines: t.int({ description: 'Pipelines that are not archived.' }),
    maxMembers: t.int({ description: 'Members and open invitations together.' }),
  }),
});

const SetTenantLimitsSuccess = builder
  .objectRef<{ readonly kind: 'SetTenantLimitsSuccess'; readonly limits: TenantLimits }>('SetTenantLimitsSuccess')
  .implement({
    fields: (t) => ({ limits: t.expose('limits', { description: 'What holds now.', type: TenantLimitsRef }) }),
  });

type LimitsValue = typeof SetTenantLimitsInput.$inferInput;

const toChange = ({ tenantId: _tenantId, weight, ...limits }: LimitsValue): LimitsChange => ({
  weight: weight ?? undefined,
  ...limits,
});

builder.mutationField('setTenantLimits', (t) =>
  t.field({
    type: resultUnion('SetTenantLimitsResult', SetTenantLimitsSuccess),
    description: example(
      'For the operator of the platform alone: what a tenant may use of the worker.',
      'mutation { setTenantLimits(input: {tenantId: "<tenant>", maxConcurrentRuns: 50}) { __typename } }',
    ),
    args: { input: t.arg({ type: SetTenantLimitsInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const limits = await setTenantLimits(context, { tenantId, change: toChange(input) });
        return { kind: 'SetTenantLimitsSuccess' as const, limits };
      }),
  }),
);

const SetPipelineLimitsInput = builder.inputType('SetPipelineLimitsInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true }),
    maxConcurrentRuns: t.int({ description: 'Left out: as many as the tenant may have.' }),
  }),
});

const SetPipelineLimitsSuccess = builder
  .objectRef<{ readonly kind: 'SetPipelineLimitsSuccess'; readonly pipeline: PipelineRow }>('SetPipelineLimitsSuccess')
  .implement({ fields: (t) => ({ pipeline: t.expose('pipeline', { type: PipelineRef }) }) });

builder.mutationField('setPipelineLimits', (t) =>
  t.field({
    type: resultUnion('SetPipelineLimitsResult', SetPipelineLimitsSuccess),
    description: example(
      'Limits how many runs of a pipeline work at the same time; others wait for their turn.',
      'mutation { setPipelineLimits(input: {pipelineId: "<pipeline>", maxConcurrentRuns: 1}) { __typename } }',
    ),
    args: { input: t.arg({ type: SetPipelineLimitsInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'SetPipelineLimitsSuccess' as const,
        pipeline: await setPipelineLimits(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Pipeline', input.pipelineId),
          maxConcurrentRuns: input.maxConcurrentRuns ?? null,
        }),
      })),
  }),
);
