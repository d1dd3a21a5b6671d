import type { Turn } from './decision.ts';
import { EDGE } from './evolve-flow.ts';

/** Holds the run in front of a step where a debugger wants it to stop. */
export const stopAtBreakpoint = (turn: Turn, index: number): boolean => {
  const { state } = turn;
  if ((state.taken[index] ?? 0) === 0) return false;
  if (state.stepsLeft !== null && state.stepsLeft <= 0) {
    turn.recordAt(turn.place(index), 'breakpoint_hit', { data: { isStep: true } });
    return true;
  }
  if (state.passing === index) return false;
  const transition = state.breakpoints.transitions.size > 0 ? findTransition(turn, index) : undefined;
  if (transition === undefined && !state.breakpoints.steps.has(index)) return false;
  turn.recordAt(turn.place(index), 'breakpoint_hit', { data: transition === undefined ? {} : { transition } });
  return true;
};

/** Takes a fork past the points that it was to come to with this step. */
export const reachesFork = (turn: Turn, index: number): boolean => {
  let isReached = false;
  for (let [point] = turn.state.forkPoints; point !== undefined; [point] = turn.state.forkPoints) {
    const { stepId, iteration = '', ...data } = point;
    const place = turn.place(index);
    if (turn.plan.stepIds[index] !== stepId || place.iteration !== iteration) break;
    if ((turn.state.taken[index] ?? 0) === 0) break;
    turn.recordAt(place, 'fork_reached', { data });
    isReached = true;
  }
  return isReached;
};

/** The transition with a breakpoint over which the step was reached. */
const findTransition = ({ plan, state }: Turn, index: number): string | undefined => {
  const region = plan.steps[index]?.region ?? -1;
  const cameRound = plan.regions[region]?.header === index && (state.iterations[region] ?? 1) > 1;
  const leading = cameRound ? plan.regions[region]?.loopTransitions : plan.incoming[index];
  return (leading ?? [])
    .filter((transition) => state.edges[transition] === EDGE.taken)
    .map((transition) => `${plan.stepIds[plan.transitions[transition]?.from ?? -1]}->${plan.stepIds[index]}`)
    .find((name) => state.breakpoints.transitions.has(name));
};
