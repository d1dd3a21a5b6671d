import { PlatformError } from '@ia-modules/plugin-sdk';
import { attemptActivity, finishWork } from './activity.ts';
import { escalationOf, outcomeAtDeadline } from './approval.ts';
import { checkBudget } from './budget.ts';
import { stopActivity } from './cancel-activity.ts';
import { attemptCompensation, COMPENSATE_PART } from './compensation.ts';
import type { Turn } from './decision.ts';
import type { TimerPurpose } from './events.ts';
import { activityOf, RUN_BREATH_KEY, RUN_TIMEOUT_KEY } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import { isHeld, type Activity } from './state.ts';
import { failStep } from './step-end.ts';
import { concludeApproval } from './take-approval.ts';

/** Takes that a timer has fired. What the run no longer waits for is ignored. */
export const takeTimer = (turn: Turn, key: string): void => {
  const { state } = turn;
  if (key === RUN_TIMEOUT_KEY) {
    // The budget is looked at after every settlement.
    turn.record({ type: 'timer_fired', data: { purpose: 'timeout' } });
    return;
  }
  if (key === RUN_BREATH_KEY) {
    if (state.breathUntil !== null) turn.record({ type: 'timer_fired', data: { purpose: 'breath' } });
    return;
  }
  if (state.compensation?.wait?.key === key) {
    const { execution, attempt } = state.compensation;
    const next = attempt + 1;
    turn.recordAt(execution, 'timer_fired', { attempt: next, part: COMPENSATE_PART, data: { purpose: 'retry' } });
    attemptCompensation(turn, next);
    return;
  }
  const activity = state.activities.get(activityOf(key));
  if (activity === undefined) return;
  const limit = activity.timers?.get(key);
  if (limit !== undefined) takeLimit(turn, activity, { key, purpose: limit.purpose });
  else if (activity.wait?.kind === 'timer' && activity.wait.key === key)
    takeWait(turn, activity, activity.wait.purpose);
};

const takeWait = (turn: Turn, activity: Activity, purpose: 'retry' | 'wait'): void => {
  // A retry's timer carries the number of the attempt that it waits for.
  const attempt = purpose === 'retry' ? activity.attempt + 1 : activity.attempt;
  turn.recordAt(activity, 'timer_fired', { attempt, data: { purpose } });
  if (purpose === 'wait') {
    finishWork(turn, activity, null);
    return;
  }
  checkBudget(turn);
  if (!isHeld(turn.state) && turn.state.activities.has(activity.key)) attemptActivity(turn, activity, attempt);
};

type FiredLimit = { readonly key: string; readonly purpose: TimerPurpose };

const takeLimit = (turn: Turn, activity: Activity, { key, purpose }: FiredLimit): void => {
  const part = purpose === 'escalation' ? key.slice(key.lastIndexOf('/') + 1) : undefined;
  turn.recordAt(activity, 'timer_fired', { attempt: 1, part, data: { purpose } });
  if (purpose === 'escalation') {
    const assignees = escalationOf(activity, Number(part));
    if (assignees.length > 0) turn.recordAt(activity, 'approval_escalated', { data: { assignees } });
  } else if (purpose === 'deadline') concludeApproval(turn, activity, outcomeAtDeadline(turn, activity));
  else timeOut(turn, activity);
};

/** A step whose time is over fails as a whole: no attempt is made again. */
const timeOut = (turn: Turn, activity: Activity): void => {
  const { id } = turn.step(activity);
  const limit = turn.plan.definition.steps[activity.step]?.max_duration;
  const error = new PlatformError({
    code: 'IA_STEP_TIMEOUT',
    message: `Step '${id}' did not end within ${limit}.`,
    disposition: 'timeout',
  });
  stopActivity(turn, activity, 'The time of the step is over.');
  failStep(turn, activity, { ...toRecordedError(error), retryable: false });
};
