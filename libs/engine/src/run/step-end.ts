import type { Json } from '@ia-modules/plugin-sdk';
import type { Turn } from './decision.ts';
import type { EventData, RecordedError } from './events.ts';
import { timerKey } from './evolve.ts';
import { toRecordedError } from './recorded-error.ts';
import { failRun } from './run-end.ts';
import { retryDelayMs, shouldRetry } from './retry.ts';
import type { Route } from './plan.ts';
import { chooseRoute } from './routing.ts';
import type { StepOutcome } from './scope.ts';

/** Ends a step well: `error` is what a fallback made up for. A condition that can't be evaluated fails the step instead. */
export const succeedStep = (
  turn: Turn,
  index: number,
  result: { readonly output: Json; readonly error?: RecordedError },
): void => {
  const outcome: StepOutcome = { index, status: 'succeeded', output: result.output, error: result.error };
  const route = tryRoute(turn, outcome, 'success');
  if ('error' in route) {
    handleUnretried(turn, index, { error: route.error, canFallBack: false });
    return;
  }
  turn.record({ type: 'step_succeeded', stepId: stepIdOf(turn, index), data: result });
  recordRoute(turn, index, route);
};

/** A failed attempt: made again when the step's retry says so, else the step's error is handled. */
export const failAttempt = (
  turn: Turn,
  index: number,
  { attempt, error }: { readonly attempt: number; readonly error: RecordedError },
): void => {
  const policy = turn.plan.steps[index]?.retry ?? null;
  if (policy === null || !shouldRetry(policy, attempt, error)) {
    handleUnretried(turn, index, { error, canFallBack: true });
    return;
  }
  const stepId = stepIdOf(turn, index);
  const delayMs = retryDelayMs(policy, { attempt, seed: turn.facts.seed, taskKey: stepId });
  const next = attempt + 1;
  const fireAt = turn.facts.now + delayMs;
  turn.record({ type: 'task_retry_scheduled', stepId, attempt: next, data: { delayMs, error } });
  turn.record({ type: 'timer_set', stepId, attempt: next, data: { fireAt, purpose: 'retry' } });
  turn.effects.push({ kind: 'timer', key: timerKey(stepId, next, 'retry'), fireAt });
};

/** A step that failed before or without an attempt: no retry, everything else. */
export const failStep = (turn: Turn, index: number, error: RecordedError): void =>
  handleUnretried(turn, index, { error, canFallBack: true });

type Failure = { readonly error: RecordedError; readonly canFallBack: boolean };

/** The order in which an error is handled once no retry is left: fallback, error transition, on_error, on_failure. */
const handleUnretried = (turn: Turn, index: number, { error, canFallBack }: Failure): void => {
  const step = turn.plan.steps[index];
  if (step === undefined) return;
  if (canFallBack && step.fallback !== null) {
    succeedStep(turn, index, { output: step.fallback.value, error });
    return;
  }
  const handled = routeError(turn, index, error);
  turn.record({ type: 'step_failed', stepId: step.id, data: { error: handled.error } });
  if (handled.route === null) failRun(turn, handled.error);
  else recordRoute(turn, index, handled.route);
};

/** The route that handles an error, or null; a condition that fails on the way is the error from there on. */
const routeError = (
  turn: Turn,
  index: number,
  error: RecordedError,
): { readonly error: RecordedError; readonly route: Route | null } => {
  const outcome: StepOutcome = { index, status: 'failed', output: undefined, error };
  const onError = tryRoute(turn, outcome, 'error');
  const current = 'error' in onError ? onError.error : error;
  if (!('error' in onError) && onError.taken.length > 0) return { error, route: onError };
  if (turn.plan.steps[index]?.continuesOnError !== true) return { error: current, route: null };
  const onward = tryRoute(turn, { ...outcome, error: current }, 'success');
  return 'error' in onward ? { error: onward.error, route: null } : { error: current, route: onward };
};

const tryRoute = (
  turn: Turn,
  outcome: StepOutcome,
  side: 'success' | 'error',
): Route | { readonly error: RecordedError } => {
  const isPlain =
    turn.plan.steps[outcome.index]?.hasChoice !== true && turn.plan.steps[outcome.index]?.isExhaustive !== true;
  try {
    return isPlain ? plainRoute(turn, outcome.index, side) : chooseRoute(turn, outcome, side);
  } catch (error) {
    return { error: toRecordedError(error) };
  }
};

const NOWHERE: Route = { taken: [], dead: [] };

/** A single transition without a condition: no choice, and nothing to evaluate. */
const plainRoute = (turn: Turn, index: number, side: 'success' | 'error'): Route => {
  if (side === 'success') return NOWHERE;
  const [only] = turn.plan.outgoing[index] ?? [];
  const transition = only === undefined ? undefined : turn.plan.transitions[only];
  return transition?.isOnError ? { taken: [turn.plan.stepIds[transition.to] ?? ''], dead: [] } : NOWHERE;
};

const recordRoute = (turn: Turn, index: number, { taken, dead }: Route): void => {
  if (turn.plan.steps[index]?.hasChoice !== true) return;
  const data: EventData['branch_chosen'] = { taken, dead };
  turn.record({ type: 'branch_chosen', stepId: stepIdOf(turn, index), data });
};

const stepIdOf = (turn: Turn, index: number): string => turn.plan.stepIds[index] ?? '';
