import type { Settled, StepDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { arbitraryCase } from './arbitrary-case.ts';
import { EFFORT_MS, type ReferenceCase } from './reference-case.ts';
import type { TimedSettlement } from './simulated-context.ts';

const outsideSteps = fc.array(
  fc.record({
    place: fc.nat(30),
    work: fc.constantFrom<Pick<StepDefinition, 'uses' | 'with'>>(
      { uses: 'core.wait', with: { signal: 'go' } },
      { uses: 'human.approval', with: { title: 'Go on?' } },
      { uses: 'human.approval', with: { quorum: 2, deadline: '20d', on_deadline: 'approve' } },
      { uses: 'human.approval', with: { on_reject: 'continue', escalation: [{ after: '5d', to: ['role:boss'] }] } },
    ),
  }),
  { maxLength: 3 },
);

const by = 'ann';
const commands = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 12 * EFFORT_MS }),
    settled: fc.oneof(
      fc.constantFrom<Settled>(
        { kind: 'pause_requested', by },
        { kind: 'resume_requested', by },
        { kind: 'resume_requested', by },
        { kind: 'signal_received', name: 'go', payload: 1 },
        { kind: 'signal_received', name: 'other', payload: null },
        { kind: 'budget_raised', maxDurationMs: 20 * EFFORT_MS, by },
        { kind: 'cancel_requested', reason: 'enough', by },
      ),
      fc.record({
        kind: fc.constant('approval_decided' as const),
        key: fc.nat(8).map((index) => `s${index}`),
        decision: fc.constantFrom('approve' as const, 'reject' as const),
        by: fc.constantFrom('ann', 'bob'),
        roles: fc.constant([]),
      }),
    ),
  }),
  { maxLength: 6 },
);

const withOutsideStep = (step: StepDefinition, work: Pick<StepDefinition, 'uses' | 'with'>): StepDefinition => {
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

/** Pipelines that wait for people and signals, and what comes in from outside while they run; budgets make them wait too. */
export const arbitraryWaits: fc.Arbitrary<ReferenceCase & { readonly fromOutside: readonly TimedSettlement[] }> = fc
  .tuple(arbitraryCase, outsideSteps, commands, fc.boolean())
  .map(([{ definition, script }, replaced, fromOutside, pauses]) => {
    const steps = [...definition.steps];
    for (const { place, work } of replaced) {
      const index = place % steps.length;
      const step = steps[index];
      if (step !== undefined && step.uses !== 'core.end') steps[index] = withOutsideStep(step, work);
    }
    const { on_budget: _onBudget, ...flow } = definition.flow ?? {};
    return { definition: pauses ? { ...definition, steps, flow } : { ...definition, steps }, script, fromOutside };
  });
