import { PlatformError } from '@ia-modules/plugin-sdk';
import { chooseArm } from './adaptive-router.ts';
import type { Turn } from './decision.ts';
import type { Place } from './keys.ts';
import type { PlanTransition, Route } from './plan.ts';
import { createScope, type StepOutcome } from './scope.ts';

export type Side = 'success' | 'error';

/** What plugin conditions answered, by transition. */
export type Answers = ReadonlyMap<number, readonly boolean[]>;

export type RouteRequest = { readonly place: Place; readonly outcome: StepOutcome; readonly answers: Answers };

/**
 * Chooses among a step's transitions: those on success or those on error; the others are dead.
 * @throws PlatformError when a condition can't be evaluated, a loop is used up, or an exhaustive step takes none
 */
export const chooseRoute = (turn: Turn, request: RouteRequest, side: Side): Route => {
  const { plan } = turn;
  const step = turn.step(request.place);
  if (side === 'success' && step.successRoute !== null) return step.successRoute;
  const outgoing = plan.outgoing[request.place.step] ?? [];
  const candidates = outgoing.filter((index) => plan.transitions[index]?.isOnError === (side === 'error'));
  const matches = matching(turn, request, candidates);
  if (matches.length === 0 && candidates.length > 0 && side === 'success' && step.isExhaustive)
    throw noneTaken(step.id);
  return matches.length === 0 ? toRoute(turn, outgoing, matches) : route(turn, request, { outgoing, matches, side });
};

type Matches = { readonly outgoing: readonly number[]; readonly matches: readonly number[]; readonly side: Side };

/** Takes of the transitions that hold what the step's router says; errors are never learnt from. */
const route = (turn: Turn, request: RouteRequest, { outgoing, matches, side }: Matches): Route => {
  const { router } = turn.step(request.place);
  if (router.kind === 'first_match') return toRoute(turn, outgoing, matches.slice(0, 1));
  if (router.kind === 'all_matches' || side === 'error') return toRoute(turn, outgoing, matches);
  const { transition, odds, context } = chooseArm(turn, request, { router, transitions: matches });
  return { ...toRoute(turn, outgoing, [transition]), odds, context };
};

/** The transitions that hold, and the default when there is none; a first_match router asks no further than the first. */
const matching = (turn: Turn, request: RouteRequest, candidates: readonly number[]): number[] => {
  const asksFurther = turn.step(request.place).router.kind !== 'first_match';
  const matches: number[] = [];
  let fallback: number | undefined;
  for (const index of candidates) {
    const transition = turn.plan.transitions[index];
    if (transition === undefined) continue;
    if (transition.isDefault) fallback = index;
    else if (holds(turn, request, { index, transition })) {
      matches.push(index);
      if (!asksFurther) break;
    }
  }
  const last = fallback === undefined ? undefined : turn.plan.transitions[fallback];
  if (matches.length === 0 && fallback !== undefined && last !== undefined && !isUsedUp(turn, last, request))
    matches.push(fallback);
  return matches;
};

type Candidate = { readonly index: number; readonly transition: PlanTransition };

const holds = (turn: Turn, request: RouteRequest, { index, transition }: Candidate): boolean => {
  const { condition } = transition;
  const { place, outcome, answers } = request;
  const isTrue =
    condition === null ||
    condition.holds(
      createScope(turn.plan, turn.state, {
        runId: turn.facts.runId,
        stepIds: condition.stepIds,
        outcome,
        place,
      }),
      answers.get(index) ?? [],
    );
  return isTrue && !isUsedUp(turn, transition, request);
};

/**
 * Whether a transition that would be taken closes a loop that may not run once more.
 * @throws PlatformError when the loop says that this is an error
 */
const isUsedUp = (turn: Turn, { loop, from }: PlanTransition, { outcome }: RouteRequest): boolean => {
  if (loop === null || (turn.state.iterations[loop.region] ?? 0) < loop.maxIterations) return false;
  // A step that has failed already, perhaps by this very error, goes on without the loop.
  if (!loop.failsWhenExhausted || outcome.status === 'failed') return true;
  throw new PlatformError({
    code: 'IA_LOOP_EXHAUSTED',
    message: `The loop of step '${turn.plan.stepIds[from]}' ran ${loop.maxIterations} times and would go on.`,
    hint: 'Raise max_iterations, or leave out on_exhausted to go on after the last iteration.',
  });
};

const noneTaken = (stepId: string): PlatformError =>
  new PlatformError({
    code: 'IA_BRANCH_NONE',
    message: `No transition of step '${stepId}' was taken, and it is exhaustive.`,
    hint: 'Add a default transition.',
  });

const toRoute = (turn: Turn, outgoing: readonly number[], matches: readonly number[]): Route => {
  const chosen = new Set(matches);
  const taken: string[] = [];
  const dead: string[] = [];
  const positions: number[] = [];
  for (const [position, index] of outgoing.entries()) {
    const target = turn.plan.stepIds[turn.plan.transitions[index]?.to ?? -1] ?? '';
    (chosen.has(index) ? taken : dead).push(target);
    if (chosen.has(index)) positions.push(position);
  }
  const from = turn.plan.transitions[outgoing[0] ?? -1]?.from ?? -1;
  return turn.plan.steps[from]?.hasTwins ? { taken, dead, positions } : { taken, dead };
};
