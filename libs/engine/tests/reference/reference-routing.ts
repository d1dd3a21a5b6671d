import { holdsNaively, UnreadableError, type NaiveScope } from './naive-scope.ts';
import { terminalError, type NaiveError } from './reference-attempts.ts';
import type { NaiveLoop, NaiveStep, NaiveTransition } from './reference-state.ts';

/** The transitions that are true, or the error that asking came to. */
export type NaiveRoute = { readonly taken: ReadonlySet<NaiveTransition> } | { readonly error: NaiveError };

export type RouteQuestion = {
  readonly step: NaiveStep;
  readonly side: 'success' | 'error';
  readonly scope: NaiveScope;
  /** The loops that a loop transition closes are found by their header. */
  readonly loops: readonly NaiveLoop[];
};

class ExhaustedError extends Error {}

/** Which transitions a step takes on one side. */
export const routeNaively = (question: RouteQuestion): NaiveRoute => {
  const { step, side } = question;
  const candidates = step.outgoing.filter(({ definition }) => (definition.on ?? 'success') === side);
  try {
    const taken = chooseAmong(candidates, question);
    const isStuck = step.definition.exhaustive === true && side === 'success' && candidates.length > 0;
    return isStuck && taken.size === 0 ? { error: terminalError('IA_BRANCH_NONE') } : { taken };
  } catch (error) {
    if (error instanceof ExhaustedError) return { error: terminalError('IA_LOOP_EXHAUSTED') };
    if (error instanceof UnreadableError) return { error: terminalError('IA_EXPRESSION_FAILED') };
    throw error;
  }
};

const chooseAmong = (candidates: readonly NaiveTransition[], question: RouteQuestion): Set<NaiveTransition> => {
  const taken = new Set<NaiveTransition>();
  for (const transition of candidates) {
    const isLate = question.step.definition.router === 'first_match' && taken.size > 0;
    if (!transition.isDefault && !isLate && isTrue(transition, question)) taken.add(transition);
  }
  const fallback = candidates.find(({ isDefault }) => isDefault);
  if (taken.size === 0 && fallback !== undefined && isWithinBound(fallback, question)) taken.add(fallback);
  return taken;
};

const isTrue = (transition: NaiveTransition, question: RouteQuestion): boolean => {
  const { condition } = transition.definition;
  if (typeof condition === 'string') throw new Error('The reference reads object conditions alone.');
  return (condition === undefined || holdsNaively(condition, question.scope)) && isWithinBound(transition, question);
};

/** At its bound a loop transition that would be true is false, or an error if its step has not failed anyway. */
const isWithinBound = ({ definition, to }: NaiveTransition, { loops, step }: RouteQuestion): boolean => {
  if (definition.loop === undefined) return true;
  const iteration = loops.find(({ header }) => header === to)?.iteration ?? 0;
  if (iteration < definition.loop.max_iterations) return true;
  if (definition.loop.on_exhausted === 'fail' && step.status !== 'failed') throw new ExhaustedError();
  return false;
};
