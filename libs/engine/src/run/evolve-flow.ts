import type { Plan } from './plan.ts';
import { STATUS_CODE, type RunState } from './state.ts';

/** What a transition came to. */
export const EDGE = { open: 0, taken: 1, dead: 2, deferred: 3 } as const;

/** Puts a step on the agenda, once. */
export const decideJoin = (state: RunState, index: number): void => {
  if (state.decided[index] !== 0) return;
  state.decided[index] = 1;
  state.agenda.push(index);
};

/** Notes that a step begins or ends: it leaves the agenda, also from its middle, so that it never comes up again at an old place. */
export const leaveAgenda = (state: RunState, index: number): void => {
  if (state.decided[index] === 1) {
    if (state.agenda[state.agendaHead] === index) state.agendaHead += 1;
    else state.agenda.splice(state.agenda.indexOf(index, state.agendaHead), 1);
  }
  if (state.agendaHead === state.agenda.length) {
    state.agenda = [];
    state.agendaHead = 0;
  }
  state.decided[index] = 2;
};

/** Notes that one of a loop's steps, or a loop in it, has ended. */
export const endUnit = (state: RunState, region: number): void => {
  if (region === -1) return;
  const open = (state.openUnits[region] ?? 0) - 1;
  state.openUnits[region] = open;
  if (open === 0) state.closing.push(region);
};

/** Without a choice to record, how the step ended says whether its one transition is taken. */
export const followPlain = (
  plan: Plan,
  state: RunState,
  { index, failed }: { readonly index: number; readonly failed: boolean },
): void => {
  const step = plan.steps[index];
  const only = plan.outgoing[index]?.[0];
  if (step === undefined || only === undefined || step.hasChoice) return;
  const isOnError = plan.transitions[only]?.isOnError === true;
  settle(plan, state, { transition: only, isTaken: failed ? isOnError || step.continuesOnError : !isOnError });
};

type Choice = {
  readonly index: number;
  readonly taken: readonly string[];
  readonly positions?: readonly number[] | undefined;
};

/** The event lists targets in the order of the transitions, so that one pass finds them. */
export const followChoice = (plan: Plan, state: RunState, { index, taken, positions }: Choice): void => {
  let next = 0;
  for (const [position, transition] of (plan.outgoing[index] ?? []).entries()) {
    const to = plan.transitions[transition]?.to ?? -1;
    const isTaken =
      next < taken.length && (positions ? positions[next] === position : plan.stepIds[to] === taken[next]);
    if (isTaken) next += 1;
    settle(plan, state, { transition, isTaken });
  }
};

/** A step that was skipped or canceled leads nowhere. */
export const killAll = (plan: Plan, state: RunState, index: number): void => {
  for (const transition of plan.outgoing[index] ?? []) settle(plan, state, { transition, isTaken: false });
};

type Settlement = { readonly transition: number; readonly isTaken: boolean };

const settle = (plan: Plan, state: RunState, { transition, isTaken }: Settlement): void => {
  const item = plan.transitions[transition];
  if (item === undefined) return;
  if (item.loop !== null) {
    if (isTaken) state.isAgain[item.loop.region] = 1;
    state.edges[transition] = isTaken ? EDGE.taken : EDGE.dead;
  } else if (item.exit === -1 || (isTaken && !item.isDeferred)) resolve(plan, state, { transition, isTaken });
  // What leaves a loop is not dead before the loop has ended.
  else if (state.edges[transition] !== EDGE.taken) state.edges[transition] = isTaken ? EDGE.deferred : EDGE.open;
};

/** Dead-path elimination: every transition ends up taken or dead, and a join is decided as soon as that is certain. */
const resolve = (plan: Plan, state: RunState, { transition, isTaken }: Settlement): void => {
  if (state.edges[transition] === EDGE.taken || state.edges[transition] === EDGE.dead) return;
  state.edges[transition] = isTaken ? EDGE.taken : EDGE.dead;
  const to = plan.transitions[transition]?.to;
  if (to === undefined) return;
  const unresolved = (state.unresolved[to] ?? 0) - 1;
  const taken = (state.taken[to] ?? 0) + (isTaken ? 1 : 0);
  state.unresolved[to] = unresolved;
  if (state.decided[to] !== 0) return;
  state.taken[to] = taken;
  const needed = plan.steps[to]?.joinCount ?? 0;
  const isMet = needed > 0 && taken >= needed;
  const isUnmeetable = needed > 0 && taken > 0 && taken + unresolved < needed;
  if (isMet || isUnmeetable || unresolved === 0) decideJoin(state, to);
};

/** The loop is over: what leaves it is taken or dead now. */
export const endLoop = (plan: Plan, state: RunState, region: number): void => {
  const loop = plan.regions[region];
  if (loop === undefined) return;
  closeRegion(state, region);
  for (const transition of loop.exits) {
    resolve(plan, state, { transition, isTaken: state.edges[transition] === EDGE.deferred });
  }
  endUnit(state, loop.parent);
};

/** Every step of the loop starts over; what comes from outside counted in the iteration in which it came. */
export const iterateLoop = (plan: Plan, state: RunState, region: number): void => {
  const loop = plan.regions[region];
  if (loop === undefined) return;
  closeRegion(state, region);
  state.iterations[region] = (state.iterations[region] ?? 0) + 1;
  reopen(plan, state, region);
  for (const step of loop.body) {
    const inner = plan.steps[step]?.region ?? -1;
    if (inner !== region && plan.regions[inner]?.header === step) {
      state.iterations[inner] = 1;
      reopen(plan, state, inner);
    }
    startOver(plan, state, { step, region });
  }
  state.taken[loop.header] = Math.max(1, plan.steps[loop.header]?.joinCount ?? 0);
  decideJoin(state, loop.header);
};

const closeRegion = (state: RunState, region: number): void => {
  const at = state.closing.indexOf(region);
  if (at !== -1) state.closing.splice(at, 1);
};

const reopen = (plan: Plan, state: RunState, region: number): void => {
  state.openUnits[region] = plan.regionUnits[region] ?? 0;
  state.isAgain[region] = 0;
};

const startOver = (
  plan: Plan,
  state: RunState,
  { step, region }: { readonly step: number; readonly region: number },
): void => {
  state.stepStatuses[step] = STATUS_CODE.pending;
  state.attempts[step] = 0;
  state.decided[step] = 0;
  state.taken[step] = 0;
  // A choice whose reward could not be told in its own iteration earns nothing in a later one.
  state.choices.delete(step);
  let unresolved = 0;
  for (const transition of plan.incoming[step] ?? []) {
    if (isInside(plan, plan.transitions[transition]?.from ?? -1, region)) state.edges[transition] = EDGE.open;
    if (state.edges[transition] === EDGE.open || state.edges[transition] === EDGE.deferred) unresolved += 1;
  }
  state.unresolved[step] = unresolved;
};

const isInside = (plan: Plan, step: number, region: number): boolean => {
  for (let current = plan.steps[step]?.region ?? -1; current !== -1; current = plan.regions[current]?.parent ?? -1) {
    if (current === region) return true;
  }
  return false;
};
