import type { Json } from '@ia-modules/plugin-sdk';
import { askForRoute } from './ask-route.ts';
import { cancelStep, releaseActivity } from './cancel-activity.ts';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { timerKey, type Place } from './keys.ts';
import { endItemBadly } from './map.ts';
import type { Route } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { retryDelayMs, shouldRetry } from './retry.ts';
import { chooseRoute, type Answers, type Side } from './routing.ts';
import { endRun } from './run-end.ts';
import type { StepOutcome } from './scope.ts';
import type { Activity, Routing } from './state.ts';

type Success = { readonly output: Json; readonly error?: RecordedError | undefined; readonly isMocked?: boolean };

/** Ends a step well: `error` is what a fallback made up for. A condition that can't be evaluated fails the step instead. */
export const succeedStep = (turn: Turn, place: Place, result: Success): void => {
  if (turn.step(place).asksForRoute) {
    const { output, error } = result;
    beginRouting(turn, place, { output, error, canFallBack: false });
  } else concludeSuccess(turn, place, { result, answers: NO_ANSWERS });
};

/** A failed attempt: made again when the step's retry says so, else the error is handled. */
export const failAttempt = (
  turn: Turn,
  place: Place,
  { attempt, error }: { readonly attempt: number; readonly error: RecordedError },
): void => {
  const policy = turn.step(place).retry;
  const counted = attempt - (turn.activity(place)?.lostAttempts ?? 0);
  if (policy === null || !shouldRetry(policy, counted, error)) {
    if (place.index === '') failStep(turn, place, error);
    else endItemBadly(turn, place, error);
    return;
  }
  const activity = turn.keyOf(place);
  const delayMs = retryDelayMs(policy, { attempt: counted, seed: turn.facts.seed, taskKey: jitterKey(turn, place) });
  const next = attempt + 1;
  const fireAt = turn.facts.now + delayMs;
  turn.recordAt(place, 'task_retry_scheduled', { attempt: next, data: { delayMs, error } });
  turn.recordAt(place, 'timer_set', { attempt: next, data: { fireAt, purpose: 'retry' } });
  turn.effects.push({ kind: 'timer', key: timerKey(activity, { attempt: next, purpose: 'retry' }), fireAt });
};

/** A step that runs once keeps the key of its first release: its stored histories replay. */
const jitterKey = (turn: Turn, place: Place): string =>
  place.iteration === '' && place.index === '' ? turn.step(place).id : turn.keyOf(place);

/** A step that failed as a whole: no retry, everything else. */
export const failStep = (turn: Turn, place: Place, error: RecordedError): void =>
  handleUnretried(turn, place, { error, canFallBack: true });

type Failure = { readonly error: RecordedError; readonly canFallBack: boolean };

/** The order in which an error is handled once no retry is left: fallback, error transition, on_error, on_failure. */
const handleUnretried = (turn: Turn, place: Place, { error, canFallBack }: Failure): void => {
  const step = turn.step(place);
  if (canFallBack && step.fallback !== null) succeedStep(turn, place, { output: step.fallback.value, error });
  else if (step.asksForRoute) beginRouting(turn, place, { output: undefined, error, canFallBack });
  else concludeFailure(turn, place, { error, answers: NO_ANSWERS });
};

const NO_ANSWERS: Answers = new Map();

/** The route depends on what plugins or a router have to say: they are asked before the step ends. */
const beginRouting = (turn: Turn, place: Place, { output, error, canFallBack }: Omit<Routing, 'answers'>): void => {
  turn.recordAt(place, 'routing_started', {
    data: {
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      canFallBack,
    },
  });
  continueRouting(turn, place);
};

/** Asks the next question that the route depends on, or ends the step when there is none left. */
export const continueRouting = (turn: Turn, place: Place): void => {
  const activity = turn.activity(place);
  if (activity?.routing === null || activity?.routing === undefined) return;
  const { output, error } = activity.routing;
  try {
    const answers = askForRoute(turn, activity, activity.routing);
    if (answers === undefined) return;
    if (output === undefined) concludeFailure(turn, place, { error: error ?? UNKNOWN_ERROR, answers });
    else concludeSuccess(turn, place, { result: { output, error }, answers });
  } catch (thrown) {
    failRouting(turn, activity, toRecordedError(thrown));
  }
};

const UNKNOWN_ERROR: RecordedError = {
  name: 'Error',
  code: 'IA_TASK_FAILED',
  message: 'The step failed.',
  retryable: false,
};

/** A question that was not answered: it fails the step, and when the step has failed already, the run. */
export const failRouting = (turn: Turn, activity: Activity, error: RecordedError): void => {
  if (activity.routing?.output !== undefined) handleUnretried(turn, activity, { error, canFallBack: false });
  else endFailed(turn, activity, { error, route: null });
};

type Concluded<T> = T & { readonly answers: Answers };

const concludeSuccess = (
  turn: Turn,
  place: Place,
  { result, answers }: Concluded<{ readonly result: Success }>,
): void => {
  const { output, error, isMocked } = result;
  const outcome: StepOutcome = { index: place.step, status: 'succeeded', output, error };
  const route = tryRoute(turn, { place, outcome, answers }, 'success');
  if ('error' in route) {
    handleUnretried(turn, place, { error: route.error, canFallBack: false });
    return;
  }
  release(turn, place);
  turn.recordAt(place, 'step_succeeded', {
    data: { output, ...(error === undefined ? {} : { error }), ...(isMocked === true ? { isMocked } : {}) },
  });
  const step = turn.step(place);
  for (const index of step.cancels) cancelStep(turn, index, `Step '${step.id}' cancels it.`);
  recordRoute(turn, place, route);
};

const concludeFailure = (
  turn: Turn,
  place: Place,
  { error, answers }: Concluded<{ readonly error: RecordedError }>,
): void => endFailed(turn, place, routeError(turn, place, { error, answers }));

type FailedEnd = { readonly error: RecordedError; readonly route: Route | null };

const endFailed = (turn: Turn, place: Place, { error, route }: FailedEnd): void => {
  release(turn, place);
  turn.recordAt(place, 'step_failed', { data: { error } });
  if (route !== null) recordRoute(turn, place, route);
  else endRun(turn, { kind: 'failed', error }, { compensates: turn.step(place).compensatesOnError });
};

const release = (turn: Turn, place: Place): void => {
  const activity = turn.state.roots.get(place.step);
  if (activity !== undefined) releaseActivity(turn, activity);
};

/** The route that handles an error, or null; a condition that fails on the way is the error from there on. */
const routeError = (
  turn: Turn,
  place: Place,
  { error, answers }: Concluded<{ readonly error: RecordedError }>,
): FailedEnd => {
  const outcome: StepOutcome = { index: place.step, status: 'failed', output: undefined, error };
  const onError = tryRoute(turn, { place, outcome, answers }, 'error');
  const current = 'error' in onError ? onError.error : error;
  if (!('error' in onError) && onError.taken.length > 0) return { error, route: onError };
  if (!turn.step(place).continuesOnError) return { error: current, route: null };
  const onward = tryRoute(turn, { place, outcome: { ...outcome, error: current }, answers }, 'success');
  return 'error' in onward ? { error: onward.error, route: null } : { error: current, route: onward };
};

type RouteQuestion = { readonly place: Place; readonly outcome: StepOutcome; readonly answers: Answers };

const tryRoute = (turn: Turn, question: RouteQuestion, side: Side): Route | { readonly error: RecordedError } => {
  const step = turn.step(question.place);
  try {
    return step.hasChoice || step.isExhaustive
      ? chooseRoute(turn, question, side)
      : plainRoute(turn, question.place, side);
  } catch (error) {
    return { error: toRecordedError(error) };
  }
};

const NOWHERE: Route = { taken: [], dead: [] };

/** A single transition without a condition: no choice, and nothing to evaluate. */
const plainRoute = (turn: Turn, { step }: Place, side: Side): Route => {
  if (side === 'success') return NOWHERE;
  const only = turn.plan.outgoing[step]?.[0];
  const transition = only === undefined ? undefined : turn.plan.transitions[only];
  return transition?.isOnError ? { taken: [turn.plan.stepIds[transition.to] ?? ''], dead: [] } : NOWHERE;
};

const recordRoute = (turn: Turn, place: Place, route: Route): void => {
  if (turn.step(place).hasChoice) turn.recordAt(place, 'branch_chosen', { data: route });
};
