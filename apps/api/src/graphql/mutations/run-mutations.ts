import { requireTenantNodeId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantKey } from '../../loaders.ts';
import { controlRun } from '../../runs/control-run.ts';
import { debugRun } from '../../runs/debug-run.ts';
import { decideEffect } from '../../runs/decide-effect.ts';
import { raiseBudget } from '../../runs/raise-budget.ts';
import { signalRun } from '../../runs/signal-run.ts';
import type { RunRow } from '../../runs/run-rows.ts';
import { startRun, tryStartRun } from '../../runs/start-run.ts';
import { builder } from '../builder.ts';
import { EffectDecisionEnum } from '../enums.ts';
import { example } from '../example.ts';
import { RunRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { DebugCommandInput, RunDebugInput, toDebugCommand, toDebugSetup } from './debug-inputs.ts';
import { runSuccess } from './run-success.ts';

const ASKED = 'The request is stored; the events of the run say when it is done.';

const runKey = ({ viewer }: ApiContext, runId: string): TenantKey =>
  requireTenantNodeId(viewer.principal, 'Run', runId);

const StartRunInput = builder.inputType('StartRunInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true }),
    parameters: t.field({ type: 'JSON', description: 'An object that fits what the pipeline declares.' }),
    idempotencyKey: t.string({ description: 'A request that is repeated under its key gets the run of the first.' }),
    priority: t.int({
      description:
        'From -100 to 100: among the runs of the tenant that wait for a worker, the higher goes first. Default: 0.',
    }),
    debug: t.field({ type: RunDebugInput, description: 'Needs the permission run.debug.' }),
    dryRun: t.boolean({ description: 'Check everything and show the run, without starting it. Default: false.' }),
  }),
});

const StartRunSuccess = builder
  .objectRef<{ readonly kind: 'StartRunSuccess'; readonly run: RunRow; readonly dryRun: boolean }>('StartRunSuccess')
  .implement({
    description:
      'The run is stored and waits for a worker. With `dryRun`, it shows what would start and is not stored.',
    fields: (t) => ({
      run: t.field({ type: RunRef, description: 'The run, with its parameters filled in.', resolve: ({ run }) => run }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was started.' }),
    }),
  });

builder.mutationField('startRun', (t) =>
  t.field({
    type: resultUnion('StartRunResult', StartRunSuccess),
    description: example(
      'Starts a run of the latest version of a pipeline.',
      'mutation { startRun(input: {pipelineId: "<pipeline>", parameters: {}}) { __typename ... on StartRunSuccess { run { id status } } } }',
    ),
    args: { input: t.arg({ type: StartRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const dryRun = input.dryRun === true;
        const run = await (dryRun ? tryStartRun : startRun)(context, {
          pipeline: requireTenantNodeId(context.viewer.principal, 'Pipeline', input.pipelineId),
          parameters: input.parameters ?? null,
          idempotencyKey: input.idempotencyKey ?? null,
          priority: input.priority ?? 0,
          debug: input.debug ? toDebugSetup(input.debug) : null,
        });
        return { kind: 'StartRunSuccess' as const, run, dryRun };
      }),
  }),
);

const CancelRunInput = builder.inputType('CancelRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    reason: t.string({ description: 'For the log of the run and the audit log.' }),
  }),
});

builder.mutationField('cancelRun', (t) =>
  t.field({
    type: resultUnion('CancelRunResult', runSuccess('CancelRunSuccess', ASKED)),
    description: example(
      'Ends a run: what runs is stopped, what was done is undone where the pipeline says so.',
      'mutation { cancelRun(input: {runId: "<waitingRun>", reason: "Not needed any more"}) { __typename ... on Error { code hint } } }',
    ),
    args: { input: t.arg({ type: CancelRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'CancelRunSuccess' as const,
        run: await controlRun(context, {
          ...runKey(context, input.runId),
          action: 'cancel',
          reason: input.reason ?? null,
        }),
      })),
  }),
);

const PauseRunInput = builder.inputType('PauseRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    reason: t.string({ description: 'For the log of the run and the audit log.' }),
  }),
});

builder.mutationField('pauseRun', (t) =>
  t.field({
    type: resultUnion('PauseRunResult', runSuccess('PauseRunSuccess', ASKED)),
    description: example(
      'Lets nothing new begin in a run; what is under way ends. Pausing twice is no error.',
      'mutation { pauseRun(input: {runId: "<waitingRun>"}) { __typename ... on Error { code hint } } }',
    ),
    args: { input: t.arg({ type: PauseRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'PauseRunSuccess' as const,
        run: await controlRun(context, {
          ...runKey(context, input.runId),
          action: 'pause',
          reason: input.reason ?? null,
        }),
      })),
  }),
);

const ResumeRunInput = builder.inputType('ResumeRunInput', { fields: (t) => ({ runId: t.id({ required: true }) }) });

builder.mutationField('resumeRun', (t) =>
  t.field({
    type: resultUnion('ResumeRunResult', runSuccess('ResumeRunSuccess', ASKED)),
    description: example(
      'Lets a run go on that is paused or stands at a breakpoint.',
      'mutation { resumeRun(input: {runId: "<pausedRun>"}) { __typename ... on Error { code hint } } }',
    ),
    args: { input: t.arg({ type: ResumeRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ResumeRunSuccess' as const,
        run: await controlRun(context, { ...runKey(context, input.runId), action: 'resume', reason: null }),
      })),
  }),
);

const RaiseRunBudgetInput = builder.inputType('RaiseRunBudgetInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    maxCostUsd: t.float({ description: 'US dollars, in all.' }),
    maxDuration: t.string({ description: 'From the start of the run: `90m`, `2h30m`, `P1D`.' }),
  }),
});

builder.mutationField('raiseRunBudget', (t) =>
  t.field({
    type: resultUnion('RaiseRunBudgetResult', runSuccess('RaiseRunBudgetSuccess', ASKED)),
    description: example(
      'Gives a run a higher limit of cost or time; one that its budget holds goes on.',
      'mutation { raiseRunBudget(input: {runId: "<waitingRun>", maxCostUsd: 20}) { __typename ... on Error { code hint } } }',
    ),
    args: { input: t.arg({ type: RaiseRunBudgetInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RaiseRunBudgetSuccess' as const,
        run: await raiseBudget(context, {
          ...runKey(context, input.runId),
          maxCostUsd: input.maxCostUsd ?? null,
          maxDuration: input.maxDuration ?? null,
        }),
      })),
  }),
);

const SignalRunInput = builder.inputType('SignalRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    name: t.string({ required: true, description: 'As the `core.wait` step names it.' }),
    payload: t.field({ type: 'JSON', description: 'The output of the step that waits. Default: null.' }),
    delivery: t.string({ description: 'A signal that is sent twice under one delivery counts once.' }),
  }),
});

builder.mutationField('signalRun', (t) =>
  t.field({
    type: resultUnion('SignalRunResult', runSuccess('SignalRunSuccess', ASKED)),
    description: example(
      'Sends a run a signal. One that comes before anything waits for it is kept.',
      'mutation { signalRun(input: {runId: "<waitingRun>", name: "go", payload: {approved: true}}) { __typename } }',
    ),
    args: { input: t.arg({ type: SignalRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'SignalRunSuccess' as const,
        run: await signalRun(context, {
          ...runKey(context, input.runId),
          name: input.name,
          payload: input.payload ?? null,
          delivery: input.delivery ?? null,
        }),
      })),
  }),
);

const DecideEffectInput = builder.inputType('DecideEffectInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    key: t.string({ required: true, description: '`RunEffect.key`.' }),
    decision: t.field({ description: 'What became of it.', type: EffectDecisionEnum, required: true }),
    output: t.field({ type: 'JSON', description: 'What it gave, of one that is confirmed. Default: null.' }),
  }),
});

builder.mutationField('decideEffect', (t) =>
  t.field({
    type: resultUnion('DecideEffectResult', runSuccess('DecideEffectSuccess', ASKED)),
    description: example(
      'Says what became of an effect that nobody knows about; the step that waits for it goes on.',
      'mutation { decideEffect(input: {runId: "<effectRun>", key: "<effect>", decision: REPEAT}) { __typename ... on Error { code hint } } }',
    ),
    args: { input: t.arg({ type: DecideEffectInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DecideEffectSuccess' as const,
        run: await decideEffect(context, {
          ...runKey(context, input.runId),
          key: input.key,
          decision: input.decision,
          output: input.output,
        }),
      })),
  }),
);

const DebugRunInput = builder.inputType('DebugRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    command: t.field({ description: 'What to do.', type: DebugCommandInput, required: true }),
  }),
});

builder.mutationField('debugRun', (t) =>
  t.field({
    type: resultUnion('DebugRunResult', runSuccess('DebugRunSuccess', ASKED)),
    description: example(
      'Stops, steps and bends a run that has not ended. What it could not do is refused at once.',
      'mutation { debugRun(input: {runId: "<waitingRun>", command: {setBreakpoints: {steps: ["wait"]}}}) { __typename } }',
    ),
    args: { input: t.arg({ type: DebugRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DebugRunSuccess' as const,
        run: await debugRun(context, { ...runKey(context, input.runId), command: toDebugCommand(input.command) }),
      })),
  }),
);
