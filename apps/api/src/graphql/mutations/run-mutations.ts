import { requireTenantNodeId } from '../../access.ts';
import { cancelRun } from '../../runs/cancel-run.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { startRun } from '../../runs/start-run.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const runSuccess = <Kind extends 'StartRunSuccess' | 'CancelRunSuccess'>(kind: Kind, description: string) =>
  builder
    .objectRef<{ readonly kind: Kind; readonly run: RunRow }>(kind)
    .implement({ description, fields: (t) => ({ run: t.field({ type: RunRef, resolve: (success) => success.run }) }) });

const StartRunInput = builder.inputType('StartRunInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true }),
    parameters: t.field({ type: 'JSON', description: 'An object that fits what the pipeline declares.' }),
    idempotencyKey: t.string({ description: 'A request that is repeated under its key gets the run of the first.' }),
  }),
});

builder.mutationField('startRun', (t) =>
  t.field({
    type: resultUnion('StartRunResult', runSuccess('StartRunSuccess', 'The run is stored and waits for a worker.')),
    description: 'Starts a run of the latest version of a pipeline.',
    args: { input: t.arg({ type: StartRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'StartRunSuccess' as const,
        run: await startRun(context, {
          pipeline: requireTenantNodeId(context.viewer.principal, 'Pipeline', input.pipelineId),
          parameters: input.parameters ?? null,
          idempotencyKey: input.idempotencyKey ?? null,
        }),
      })),
  }),
);

const CancelRunInput = builder.inputType('CancelRunInput', {
  fields: (t) => ({ runId: t.id({ required: true }), reason: t.string() }),
});

builder.mutationField('cancelRun', (t) =>
  t.field({
    type: resultUnion(
      'CancelRunResult',
      runSuccess('CancelRunSuccess', 'The request is stored; the run is canceled when its events say so.'),
    ),
    args: { input: t.arg({ type: CancelRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'CancelRunSuccess' as const,
        run: await cancelRun(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Run', input.runId),
          reason: input.reason ?? null,
        }),
      })),
  }),
);
