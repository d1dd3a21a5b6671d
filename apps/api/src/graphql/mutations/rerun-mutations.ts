import type { ForkPoint } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireTenantNodeId } from '../../access.ts';
import { checkEffectOutput } from '../../runs/decide-effect.ts';
import { rerun } from '../../runs/rerun.ts';
import type { EffectAnswer } from '../../runs/unknown-effects.ts';
import { type BuilderTypes, builder } from '../builder.ts';
import { EffectDecisionEnum } from '../enums.ts';
import { example } from '../example.ts';
import { answer, EffectsUnknownRef, resultUnion } from '../result.ts';
import {
  BreakpointsInput,
  requireObject,
  StepMockInput,
  toBreakpoints,
  toMocks,
  VariableInput,
} from './debug-inputs.ts';
import { runSuccess } from './run-success.ts';

const STORED = 'The new run is stored and waits for a worker.';
const EFFECTS = 'What became of effects of which nobody knows: one answer for each that would be repeated.';
const REPEATABLE = 'A request that is repeated under its key gets the run of the first.';

const EffectAnswerInput = builder.inputType('EffectAnswerInput', {
  description: 'What became of an effect of the first run, of which nobody knows.',
  fields: (t) => ({
    key: t.string({ required: true, description: '`RunEffect.key`.' }),
    decision: t.field({ description: 'What became of it.', type: EffectDecisionEnum, required: true }),
    output: t.field({ type: 'JSON', description: 'Of one that is confirmed. Default: null.' }),
  }),
});

type AnswerValue = typeof EffectAnswerInput.$inferInput;

export const toAnswers = (answers: readonly AnswerValue[] | null | undefined): EffectAnswer[] =>
  (answers ?? []).map(({ key, decision, output }) => {
    checkEffectOutput({ decision, output });
    return { key, decision, output };
  });

const RetryRunInput = builder.inputType('RetryRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    effects: t.field({ type: [EffectAnswerInput], description: EFFECTS }),
    idempotencyKey: t.string({ description: REPEATABLE }),
  }),
});

builder.mutationField('retryRun', (t) =>
  t.field({
    type: resultUnion('RetryRunResult', runSuccess('RetryRunSuccess', STORED), [EffectsUnknownRef]),
    description: example(
      'Makes a new run that repeats the results of one that failed or was canceled, and goes on from the step that ended it.',
      'mutation { retryRun(input: {runId: "<failedRun>"}) { __typename ... on RetryRunSuccess { run { id origin { id } } } } }',
    ),
    args: { input: t.arg({ type: RetryRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RetryRunSuccess' as const,
        run: await rerun(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Run', input.runId),
          kind: 'retry',
          point: null,
          answers: toAnswers(input.effects),
          idempotencyKey: input.idempotencyKey ?? null,
          reason: null,
        }),
      })),
  }),
);

type InputFields = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>;

const forkPointFields = (t: InputFields) => ({
  stepId: t.string({ required: true, description: 'The step from which on things are done anew.' }),
  iteration: t.string({ description: 'Which execution of it, in loops: `2.1`. Default: the last one.' }),
  input: t.field({ type: 'JSON', description: 'An object in place of what its `with` gives, in that execution.' }),
  variables: t.field({ type: [VariableInput], description: 'Other values from there on.' }),
  breakpoints: t.field({ type: BreakpointsInput, description: 'Where the new run stops.' }),
  mocks: t.field({ type: [StepMockInput], description: 'Steps that end with a given result instead of being run.' }),
});

export const ForkPointInput = builder.inputType('ForkPointInput', {
  description: 'From where on a run goes its own way. Whatever it changes needs the permission run.debug.',
  fields: (t) => forkPointFields(t),
});

type ForkPointValue = typeof ForkPointInput.$inferInput;

export const toForkPoint = (value: ForkPointValue): ForkPoint => {
  const { stepId, iteration, input, breakpoints, mocks } = value;
  const variables = value.variables ?? [];
  if (new Set(variables.map(({ path }) => path)).size < variables.length) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: '`variables` sets a path twice.' });
  }
  const debug = {
    ...(breakpoints ? { breakpoints: toBreakpoints(breakpoints) } : {}),
    ...(mocks ? { mocks: toMocks(mocks) } : {}),
  };
  return {
    stepId,
    ...(iteration ? { iteration } : {}),
    ...(input === undefined || input === null ? {} : { input: requireObject('input', input) }),
    ...(variables.length === 0
      ? {}
      : { variables: Object.fromEntries(variables.map(({ path, value: set }) => [path, set ?? null])) }),
    ...(Object.keys(debug).length === 0 ? {} : { debug }),
  };
};

const ForkRunInput = builder.inputType('ForkRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    ...forkPointFields(t),
    effects: t.field({ type: [EffectAnswerInput], description: EFFECTS }),
    idempotencyKey: t.string({ description: REPEATABLE }),
  }),
});

builder.mutationField('forkRun', (t) =>
  t.field({
    type: resultUnion('ForkRunResult', runSuccess('ForkRunSuccess', STORED), [EffectsUnknownRef]),
    description: example(
      'Makes a new run that repeats the results of another up to a step, and goes its own way from there. What it changes needs the permission run.debug.',
      'mutation { forkRun(input: {runId: "<run>", stepId: "greet", input: {text: "Good morning"}}) { __typename } }',
    ),
    args: { input: t.arg({ type: ForkRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ForkRunSuccess' as const,
        run: await rerun(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Run', input.runId),
          kind: 'fork',
          point: toForkPoint(input),
          answers: toAnswers(input.effects),
          idempotencyKey: input.idempotencyKey ?? null,
          reason: null,
        }),
      })),
  }),
);

const ReplayRunInput = builder.inputType('ReplayRunInput', {
  fields: (t) => ({
    runId: t.id({ required: true }),
    idempotencyKey: t.string({ description: REPEATABLE }),
  }),
});

builder.mutationField('replayRun', (t) =>
  t.field({
    type: resultUnion('ReplayRunResult', runSuccess('ReplayRunSuccess', STORED)),
    description: example(
      'Makes a new run of the same version, parameters, trigger and seed; everything is done anew.',
      'mutation { replayRun(input: {runId: "<run>", idempotencyKey: "monday"}) { __typename ... on ReplayRunSuccess { run { id } } } }',
    ),
    args: { input: t.arg({ type: ReplayRunInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ReplayRunSuccess' as const,
        run: await rerun(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Run', input.runId),
          kind: 'replay',
          point: null,
          answers: [],
          idempotencyKey: input.idempotencyKey ?? null,
          reason: null,
        }),
      })),
  }),
);
