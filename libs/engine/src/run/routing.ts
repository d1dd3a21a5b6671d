import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Turn } from './decision.ts';
import type { PlanTransition, Route } from './plan.ts';
import { createScope, type StepOutcome } from './scope.ts';

/**
 * Chooses among a step's transitions: those on success or those on error; the others are dead.
 * @throws PlatformError when a condition can't be evaluated, or when an exhaustive step takes none
 */
export const chooseRoute = (turn: Turn, outcome: StepOutcome, side: 'success' | 'error'): Route => {
  const { plan } = turn;
  const unconditional = side === 'success' ? plan.steps[outcome.index]?.successRoute : null;
  if (unconditional) return unconditional;
  const outgoing = plan.outgoing[outcome.index] ?? [];
  const taken = new Set<number>();
  let fallbackTransition: number | undefined;
  let candidates = 0;
  for (const index of outgoing) {
    const transition = plan.transitions[index];
    if (transition === undefined || transition.isOnError !== (side === 'error')) continue;
    candidates += 1;
    if (transition.isDefault) fallbackTransition = index;
    else if (canStillTake(turn, outcome, taken) && holds(turn, outcome, transition)) taken.add(index);
  }
  if (taken.size === 0 && fallbackTransition !== undefined) taken.add(fallbackTransition);
  if (taken.size === 0 && candidates > 0 && side === 'success' && plan.steps[outcome.index]?.isExhaustive) {
    throw noneTaken(plan.stepIds[outcome.index] ?? '');
  }
  return toRoute(turn, outgoing, taken);
};

const canStillTake = (turn: Turn, outcome: StepOutcome, taken: ReadonlySet<number>): boolean =>
  taken.size === 0 || turn.plan.steps[outcome.index]?.takesFirstMatch !== true;

const holds = (turn: Turn, outcome: StepOutcome, { condition }: PlanTransition): boolean => {
  if (condition === null) return true;
  const { stepIds } = condition;
  return condition.holds(createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds, outcome }));
};

const noneTaken = (stepId: string): PlatformError =>
  new PlatformError({
    code: 'IA_BRANCH_NONE',
    message: `No transition of step '${stepId}' was taken, and it is exhaustive.`,
    hint: 'Add a default transition.',
  });

const toRoute = (turn: Turn, outgoing: readonly number[], takenTransitions: ReadonlySet<number>): Route => {
  const taken: string[] = [];
  const dead: string[] = [];
  for (const index of outgoing) {
    const target = turn.plan.stepIds[turn.plan.transitions[index]?.to ?? -1] ?? '';
    (takenTransitions.has(index) ? taken : dead).push(target);
  }
  return { taken, dead };
};
