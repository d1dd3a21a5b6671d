import type { Settled } from '../ports/durable-context.ts';
import { continueStages, repeatStage } from './activity.ts';
import { checkBudget } from './budget.ts';
import { attemptCompensation, failCompensation } from './compensation.ts';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { findEffect } from './find-effect.ts';
import { attemptOf, partOf } from './keys.ts';
import { isHeld, type Activity } from './state.ts';
import { continueRouting, failAttempt } from './step-end.ts';
import { isLostOutcome, isTimeout, unknownEffectError } from './unknown-outcome.ts';

export type TaskUnknown = Extract<Settled, { kind: 'task_unknown' }>;
type Failed = Extract<Settled, { kind: 'task_failed' }>;
type Decided = Extract<Settled, { kind: 'effect_decided' }>;

/** A failure that leaves open what became of the attempt, where the step says that this matters; undefined for any other. */
export const asUnknown = (turn: Turn, settled: Failed, { activity }: { readonly activity: Activity | undefined }) =>
  (activity === undefined ? isCompensationLost(turn, settled) : isWorkLost(turn, activity, settled))
    ? ({ ...settled, kind: 'task_unknown' } as const)
    : undefined;

const isWorkLost = (turn: Turn, activity: Activity, { key, error }: Failed): boolean => {
  const { kind, onUnknown } = turn.step(activity);
  if (kind !== 'task' || onUnknown === 'repeat' || partOf(key) !== undefined) return false;
  return isLost(error, activity.wait?.kind === 'task' && activity.wait.isSent);
};

const isCompensationLost = (turn: Turn, { error }: Failed): boolean => {
  const { compensation } = turn.state;
  if (compensation?.wait?.kind !== 'task') return false;
  const { compensate, onUnknown } = turn.step(compensation.execution);
  return compensate?.child === null && onUnknown !== 'repeat' && isLost(error, compensation.wait.isSent);
};

/** What was never sent can't have been done. */
const isLost = (error: RecordedError, isSent: boolean): boolean => isLostOutcome(error) || (isSent && isTimeout(error));

/** Takes that nobody knows what became of an attempt: it is made again, somebody is asked, or it has failed. */
export const takeUnknown = (turn: Turn, activity: Activity, settled: TaskUnknown): void => {
  const { key, error } = settled;
  const part = partOf(key);
  turn.recordAt(activity, 'task_unknown', { attempt: attemptOf(key), part, data: dataOf(settled) });
  const { id, onUnknown } = turn.step(activity);
  if (activity.routing !== null) continueRouting(turn, activity);
  else if (part !== undefined || onUnknown === 'repeat') repeat(turn, activity);
  else if (onUnknown === 'fail') {
    failAttempt(turn, activity, { attempt: attemptOf(key), error: unknownEffectError(id, error) });
  }
};

/** The same for what undoes a step. */
export const takeUnknownCompensation = (turn: Turn, settled: TaskUnknown): void => {
  const { compensation } = turn.state;
  if (compensation === null) return;
  const { execution } = compensation;
  const { key, error } = settled;
  turn.recordAt(execution, 'task_unknown', { attempt: attemptOf(key), part: partOf(key), data: dataOf(settled) });
  const { id, onUnknown } = turn.step(execution);
  if (onUnknown === 'repeat') attemptCompensation(turn, compensation.attempt);
  else if (onUnknown === 'fail') failCompensation(turn, unknownEffectError(id, error));
};

const dataOf = ({ error, costUsd }: TaskUnknown) => ({
  ...(error === undefined ? {} : { error }),
  ...(costUsd === undefined ? {} : { costUsd }),
});

/** Takes what somebody says of an attempt. What is not asked leaves no trace. */
export const takeEffectDecision = (turn: Turn, { kind: type, key, ...data }: Decided): void => {
  const effect = findEffect(turn.plan, turn.state, key);
  if (effect === undefined) return;
  const place = { attempt: attemptOf(effect.key), part: partOf(effect.key) };
  if (effect.activity === null) {
    const { compensation } = turn.state;
    if (compensation === null) return;
    turn.recordAt(compensation.execution, type, { ...place, data });
    concludeCompensation(turn, data, { error: effect.error });
  } else {
    turn.recordAt(effect.activity, type, { ...place, data });
    conclude(turn, effect.activity, { data, error: effect.error });
  }
};

type Cause = { readonly error: RecordedError | null };
type Decision = Omit<Decided, 'kind' | 'key'>;

const conclude = (turn: Turn, activity: Activity, { data, error }: Cause & { readonly data: Decision }): void => {
  const { decision, output = null } = data;
  if (decision === 'repeat') repeat(turn, activity);
  else if (decision === 'confirm') continueStages(turn, activity, output);
  else {
    const { id } = turn.step(activity);
    failAttempt(turn, activity, { attempt: activity.attempt, error: unknownEffectError(id, error ?? undefined) });
  }
};

const concludeCompensation = (turn: Turn, { decision, output = null }: Decision, { error }: Cause): void => {
  const { compensation } = turn.state;
  if (compensation === null) return;
  const { execution, attempt } = compensation;
  if (decision === 'repeat') attemptCompensation(turn, attempt);
  else if (decision === 'confirm') turn.recordAt(execution, 'compensation_succeeded', { data: { output } });
  else failCompensation(turn, unknownEffectError(turn.step(execution).id, error ?? undefined));
};

/** A run that is held makes it again when it goes on. */
const repeat = (turn: Turn, activity: Activity): void => {
  checkBudget(turn);
  const { state } = turn;
  if (!isHeld(state) && state.ending === null && state.activities.has(activity.key)) repeatStage(turn, activity);
};
