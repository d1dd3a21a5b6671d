import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import { continueStages } from './activity.ts';
import { settleCompensation } from './compensation.ts';
import type { Turn } from './decision.ts';
import type { EventDraft } from './events.ts';
import { activityOf, attemptOf, partOf, type Place } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import type { Activity } from './state.ts';
import { continueRouting, failAttempt, failRouting } from './step-end.ts';
import { asUnknown, takeUnknown, takeUnknownCompensation, type TaskUnknown } from './take-effect.ts';

export type TaskSettled = Extract<
  Settled,
  { kind: 'task_started' | 'task_succeeded' | 'task_failed' | 'task_unknown' }
>;

/** Takes what became of an attempt. What the run no longer waits for is ignored. */
export const takeTask = (turn: Turn, settled: TaskSettled): void => {
  const { state } = turn;
  if (state.hooks.has(settled.key)) {
    takeHook(turn, settled);
    return;
  }
  if (state.compensation?.wait?.kind === 'task' && state.compensation.wait.key === settled.key) {
    takeCompensation(turn, state.compensation.execution, settled);
    return;
  }
  const activity = state.activities.get(activityOf(settled.key));
  if (activity?.wait?.kind !== 'task' || activity.wait.key !== settled.key) return;
  const taken = settled.kind === 'task_failed' ? (asUnknown(turn, settled, { activity }) ?? settled) : settled;
  if (taken.kind === 'task_started') turn.recordAt(activity, 'task_started', started(taken));
  else if (taken.kind === 'task_unknown') takeUnknown(turn, activity, taken);
  else if (activity.routing !== null) takeAnswer(turn, activity, taken);
  else takeStage(turn, activity, taken);
};

const takeCompensation = (turn: Turn, execution: Place, settled: TaskSettled): void => {
  const taken =
    settled.kind === 'task_failed' ? (asUnknown(turn, settled, { activity: undefined }) ?? settled) : settled;
  if (taken.kind === 'task_started') turn.recordAt(execution, 'task_started', started(taken));
  else if (taken.kind === 'task_unknown') takeUnknownCompensation(turn, taken);
  else settleCompensation(turn, taken);
};

type Finished = Exclude<TaskSettled, { kind: 'task_started' | 'task_unknown' }>;

const started = ({ key, worker, plugin }: Extract<TaskSettled, { kind: 'task_started' }>) => ({
  attempt: attemptOf(key),
  part: partOf(key),
  data: { ...(worker === undefined ? {} : { worker }), ...(plugin === undefined ? {} : { plugin }) },
});

const costOf = ({ costUsd }: Finished | TaskUnknown): { readonly costUsd?: number } =>
  costUsd === undefined ? {} : { costUsd };

const record = (turn: Turn, activity: Activity, settled: Finished): void => {
  const { attempt } = activity;
  const part = partOf(settled.key);
  if (settled.kind === 'task_failed') {
    turn.recordAt(activity, 'task_failed', { attempt, part, data: { error: settled.error, ...costOf(settled) } });
    return;
  }
  const isCached = settled.isCached === true ? { isCached: true } : {};
  const data = { output: settled.output, ...costOf(settled), ...isCached };
  turn.recordAt(activity, 'task_succeeded', { attempt, part, data });
};

const takeStage = (turn: Turn, activity: Activity, settled: Finished): void => {
  record(turn, activity, settled);
  if (settled.kind === 'task_succeeded') continueStages(turn, activity, settled.output);
  else failAttempt(turn, activity, { attempt: activity.attempt, error: settled.error });
};

/** A plugin says whether its condition holds, or fails the step by saying something else. */
const takeAnswer = (turn: Turn, activity: Activity, settled: Finished): void => {
  record(turn, activity, settled);
  if (settled.kind === 'task_failed') failRouting(turn, activity, settled.error);
  else if (isAnswer(settled.output)) continueRouting(turn, activity);
  else failRouting(turn, activity, toRecordedError(noAnswer(turn, activity)));
};

const isAnswer = (output: Json): boolean =>
  typeof output === 'boolean' || (isJsonObject(output) && typeof output['holds'] === 'boolean');

const noAnswer = (turn: Turn, activity: Activity): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_FAILED',
    message: `A plugin condition of step '${turn.step(activity).id}' answered neither true nor false.`,
    hint: 'Return a boolean, or {holds: boolean}.',
    fault: 'plugin',
  });

/** A hook never changes the run: what became of it is noted. */
const takeHook = (turn: Turn, settled: TaskSettled): void => {
  const part = partOf(settled.key);
  const place = { attempt: 1, ...(part === undefined ? {} : { part }) };
  let event: EventDraft;
  if (settled.kind === 'task_started') event = { type: 'task_started', ...place, data: started(settled).data };
  else if (settled.kind === 'task_unknown') {
    const { error } = settled;
    event = { type: 'task_unknown', ...place, data: { ...(error === undefined ? {} : { error }), ...costOf(settled) } };
  } else if (settled.kind === 'task_failed') {
    event = { type: 'task_failed', ...place, data: { error: settled.error, ...costOf(settled) } };
  } else event = { type: 'task_succeeded', ...place, data: { output: settled.output, ...costOf(settled) } };
  turn.record(event);
};
