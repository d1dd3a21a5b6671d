import { activateStep } from './activate-step.ts';
import { checkBudget } from './budget.ts';
import { reachesFork, stopAtBreakpoint } from './breakpoint.ts';
import { type Decision, type RunFacts, Turn } from './decision.ts';
import { callHooks } from './hooks.ts';
import { turnLoop } from './loop.ts';
import { RUN_BREATH_KEY } from './keys.ts';
import type { Plan } from './plan.ts';
import { continueEnding, endRun } from './run-end.ts';
import { isHeld, peekAgenda, type RunState } from './state.ts';
import { isTerminal, type WaitReason } from './status.ts';
import { takeStimulus, type Stimulus } from './take-stimulus.ts';
import { visitMap } from './visit-map.ts';

/**
 * What a run does next, as the events to record and the effects that follow them; `state` already has the events applied.
 * Depends on nothing but its arguments. The cost is that of the steps which become ready, however large the pipeline is.
 */
export const decide = (
  plan: Plan,
  state: RunState,
  { stimulus, facts }: { readonly stimulus: Stimulus; readonly facts: RunFacts },
): Decision => {
  const turn = new Turn(plan, state, facts);
  if (plan.hooks.length > 0) turn.onRecord = callHooks;
  takeStimulus(turn, stimulus);
  // What left no trace may not be followed by anything: a replay does not see it.
  if (turn.events.length === 0) return turn;
  if (hasWork(state)) checkBudget(turn);
  while (canGoOn(turn) && goOn(turn)) {
    checkAgain(turn);
    if (turn.events.length < MAX_EVENTS_AT_ONCE || turn.maps.size > 0 || !canGoOn(turn) || !hasMore(state)) continue;
    takeBreath(turn);
    return turn;
  }
  if (state.ending !== null && !isTerminal(state.status)) {
    continueEnding(turn);
    if (state.compensation?.wait?.kind === 'effect') waitFor(turn, 'effect');
  } else if (!isTerminal(state.status)) rest(turn);
  return turn;
};

/** So many that common pipelines need one decision, and so few that they neither fill the memory nor keep others waiting. */
const MAX_EVENTS_AT_ONCE = 100_000;

const hasMore = (state: RunState): boolean =>
  !isHeld(state) && (peekAgenda(state) !== undefined || state.closing.length > 0);

/** Goes on in a decision of its own: loops of steps that take no time could go on for hours, deaf to everybody. */
const takeBreath = (turn: Turn): void => {
  if (turn.state.breathUntil !== null) return;
  const fireAt = turn.facts.now;
  turn.record({ type: 'timer_set', data: { fireAt, purpose: 'breath' } });
  turn.effects.push({ kind: 'timer', key: RUN_BREATH_KEY, fireAt });
};

const canGoOn = ({ state }: Turn): boolean => state.ending === null && !isTerminal(state.status);

const hasWork = (state: RunState): boolean =>
  state.ending === null &&
  !isTerminal(state.status) &&
  (state.activities.size > 0 ||
    peekAgenda(state) !== undefined ||
    state.closing.some((region) => state.isAgain[region] === 1));

/** What was done last may have used up the budget of a run that has more to do. */
const checkAgain = (turn: Turn): void => {
  const { state } = turn;
  const isOver = state.costUsd > state.maxCostUsd || state.maxDurationMs !== null;
  if (isOver && hasWork(state)) checkBudget(turn);
};

/** Does one thing that is due; false when nothing is. Maps come first: their items are steps under way. */
const goOn = (turn: Turn): boolean => {
  const { state } = turn;
  for (const map of turn.maps) {
    turn.maps.delete(map);
    visitMap(turn, map);
    return true;
  }
  if (isHeld(state)) return false;
  const index = peekAgenda(state);
  if (index !== undefined) {
    if (!isStoppedAt(turn, index)) activateStep(turn, index);
    return true;
  }
  const region = state.closing[0];
  if (region === undefined) return false;
  turnLoop(turn, region);
  return true;
};

/** A fork may watch the very step from which on it goes its own way. */
const isStoppedAt = (turn: Turn, index: number): boolean =>
  stopAtBreakpoint(turn, index) || (reachesFork(turn, index) && stopAtBreakpoint(turn, index));

/** Nothing can be done any more: the run ends, or something outstanding is waited for. */
const rest = (turn: Turn): void => {
  const { state } = turn;
  if (state.activities.size === 0 && state.closing.length === 0 && peekAgenda(state) === undefined) {
    endRun(turn, { kind: 'succeeded' });
    continueEnding(turn);
    return;
  }
  if (state.waits.task > 0) return;
  waitFor(turn, waitReasonOf(state));
};

const waitFor = (turn: Turn, reason: WaitReason): void => {
  const { status, waitReason } = turn.state;
  if (status !== 'waiting' || waitReason !== reason) turn.record({ type: 'run_waiting', data: { reason } });
};

const waitReasonOf = ({ holds, waits }: RunState): WaitReason => {
  if (holds.has('budget')) return 'budget';
  if (holds.has('breakpoint')) return 'breakpoint';
  if (holds.has('paused')) return 'paused';
  if (waits.effect > 0) return 'effect';
  if (waits.approval > 0) return 'approval';
  if (waits.signal > 0) return 'signal';
  if (waits.timer > 0) return 'timer';
  return waits.slot > 0 ? 'concurrency' : 'retry';
};
