import type { PipelineDefinition, Settled, StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { arbitraryCase } from './arbitrary-case.ts';
import { EFFORT_MS, type ReferenceCase } from './reference-case.ts';
import type { TimedSettlement } from './simulated-context.ts';

type Work = Pick<StepDefinition, 'uses' | 'with'>;

const outsideWork = fc.constantFrom<Work>(
  { uses: 'core.wait', with: { signal: 'go' } },
  { uses: 'human.approval', with: { title: 'Go on?' } },
  { uses: 'human.approval', with: { quorum: 2, deadline: '20d', on_deadline: 'approve' } },
  { uses: 'human.approval', with: { on_reject: 'continue', escalation: [{ after: '5d', to: ['role:boss'] }] } },
  { uses: 'pipeline:other@^1', with: { n: 1 } },
);

/** What the naive interpreter does not know, and what needs no answer to be replayed. */
const extra = fc.constantFrom<Partial<StepDefinition>>(
  { validate: [{ uses: 'test.check', at: 'input' }] },
  { validate: [{ uses: 'test.check' }], transform: [{ uses: 'test.shape', at: 'output' }] },
  { transform: [{ uses: 'test.shape', with: { deep: true }, at: 'input' }] },
  { cache: { key: '{{ iteration }}', ttl: '1h' } },
  { router: 'adaptive', adaptive: { reward: 'double(iteration)', context: 'string(iteration)', exploration: 0.5 } },
);

const by = 'ann';
const command = fc.oneof(
  fc.constantFrom<Settled>(
    { kind: 'pause_requested', by },
    { kind: 'resume_requested', by },
    { kind: 'resume_requested', by },
    { kind: 'signal_received', name: 'go', payload: 1 },
    { kind: 'signal_received', name: 'other', payload: null },
    { kind: 'budget_raised', maxDurationMs: 20 * EFFORT_MS, by },
    { kind: 'budget_raised', maxCostUsd: 100, by },
    { kind: 'cancel_requested', reason: 'enough', by },
    { kind: 'debug_command', command: { kind: 'continue' } },
    { kind: 'debug_command', command: { kind: 'step_over' } },
    { kind: 'debug_command', command: { kind: 'set_breakpoints', steps: ['s1'], transitions: ['s0->s1'] } },
    { kind: 'debug_command', command: { kind: 'set_variable', path: 'steps.s0.output', value: 4 } },
    { kind: 'debug_command', command: { kind: 'mock', stepId: 's1', result: { output: 2 } } },
  ),
  fc.record({
    kind: fc.constant('effect_decided' as const),
    key: fc.nat(8).map((index) => `s${index}`),
    decision: fc.constantFrom('repeat' as const, 'confirm' as const, 'fail' as const),
    by: fc.constant('ann'),
  }),
  fc.record({
    kind: fc.constant('approval_decided' as const),
    key: fc.nat(8).map((index) => `s${index}`),
    decision: fc.constantFrom('approve' as const, 'reject' as const),
    by: fc.constantFrom('ann', 'bob'),
    roles: fc.constant([]),
  }),
);

const flowExtras = fc.record({
  pauses: fc.boolean(),
  maxCostUsd: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  hasHooks: fc.boolean(),
  pluginConditions: fc.array(fc.nat(30), { maxLength: 2 }),
});
type FlowExtras = typeof flowExtras extends fc.Arbitrary<infer T> ? T : never;

const withWork = (step: StepDefinition, work: Work): StepDefinition => {
  const { id, join, cancel_rest: cancelRest, on_error: onError, router, max_duration: maxDuration } = step;
  return {
    id,
    ...work,
    ...(join === undefined ? {} : { join }),
    ...(cancelRest === undefined ? {} : { cancel_rest: cancelRest }),
    ...(onError === undefined ? {} : { on_error: onError }),
    ...(router === undefined ? {} : { router }),
    ...(maxDuration === undefined ? {} : { max_duration: maxDuration }),
  };
};

type Change<T> = { readonly place: number; readonly value: T };

/** Applies a change to the step at each place, where the step is of a kind that takes it. */
const changeSteps = <T>(
  steps: readonly StepDefinition[],
  changes: readonly Change<T>[],
  {
    takes,
    change,
  }: { takes: (step: StepDefinition) => boolean; change: (step: StepDefinition, value: T) => StepDefinition },
): StepDefinition[] =>
  steps.map((step, index) => {
    const wanted = changes.find(({ place }) => place % steps.length === index);
    return wanted !== undefined && takes(step) ? change(step, wanted.value) : step;
  });

const withFlowExtras = (definition: PipelineDefinition, extras: FlowExtras): PipelineDefinition => {
  const { pauses, maxCostUsd, hasHooks, pluginConditions } = extras;
  const { on_budget: onBudget, transitions = [], ...flow } = definition.flow ?? {};
  const asksPlugin = (index: number): boolean => pluginConditions.some((place) => place % transitions.length === index);
  return {
    ...definition,
    flow: {
      ...flow,
      ...(pauses || onBudget === undefined ? {} : { on_budget: onBudget }),
      ...(maxCostUsd === undefined ? {} : { max_cost_usd: maxCostUsd }),
      transitions: transitions.map(
        (transition, index): TransitionDefinition =>
          asksPlugin(index) && transition.default !== true
            ? { ...transition, condition: { type: 'plugin', plugin: 'test.holds', config: { index } } }
            : transition,
      ),
    },
    ...(hasHooks
      ? {
          hooks: [
            { uses: 'test.hook', on: ['run_started', 'step_failed', 'run_waiting', 'run_succeeded', 'run_failed'] },
          ],
        }
      : {}),
  };
};

const changes = <T>(value: fc.Arbitrary<T>) => fc.array(fc.record({ place: fc.nat(30), value }), { maxLength: 3 });

export type ArbitraryRun = ReferenceCase & { readonly fromOutside: readonly TimedSettlement[] };

/** Pipelines that use the whole language, and what people and others tell them while they run. */
export const arbitraryRun: fc.Arbitrary<ArbitraryRun> = fc
  .record({
    base: arbitraryCase,
    outside: changes(outsideWork),
    extras: changes(extra),
    flow: flowExtras,
    fromOutside: fc.array(fc.record({ at: fc.integer({ min: 0, max: 12 * EFFORT_MS }), settled: command }), {
      maxLength: 6,
    }),
  })
  .map(({ base: { definition, script }, outside, extras, flow, fromOutside }) => {
    const waiting = changeSteps(definition.steps, outside, {
      takes: ({ uses }) => uses !== 'core.end',
      change: withWork,
    });
    const steps = changeSteps(waiting, extras, {
      takes: ({ uses }) => uses === 'test.task',
      change: (step, value) => ({ ...step, ...value }),
    });
    return { definition: withFlowExtras({ ...definition, steps }, flow), script, fromOutside };
  });
