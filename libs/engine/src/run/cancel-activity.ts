import type { Turn } from './decision.ts';
import { partOf } from './keys.ts';
import { stepStatus, type Activity } from './state.ts';
import { isTerminal } from './status.ts';

/** Stops what an activity does and what it holds: first its items, then itself. */
export const stopActivity = (turn: Turn, activity: Activity, reason: string): void => {
  cancelItems(turn, activity, reason);
  const { wait } = activity;
  if (wait?.kind === 'task') {
    turn.effects.push({ kind: 'cancel_task', key: wait.key });
    turn.recordAt(activity, 'task_canceled', { attempt: activity.attempt, part: partOf(wait.key), data: { reason } });
  } else if (wait?.kind === 'timer') turn.effects.push({ kind: 'cancel_timer', key: wait.key });
  releaseActivity(turn, activity);
};

/** Gives back what an activity holds besides its work: its place under a limit, its timers. */
export const releaseActivity = (turn: Turn, activity: Activity): void => {
  for (const key of activity.timers?.keys() ?? []) turn.effects.push({ kind: 'cancel_timer', key });
  if (activity.hasSlot) turn.effects.push({ kind: 'release', key: activity.key });
};

/** Cancels a step that runs or waits; its transitions die. */
export const cancelRunning = (turn: Turn, index: number, reason: string): void => {
  const activity = turn.state.roots.get(index);
  if (activity === undefined) return;
  stopActivity(turn, activity, reason);
  turn.recordAt(activity, 'step_canceled', { data: { reason } });
};

/** Cancels a step that has not ended, whether it has begun or not. */
export const cancelStep = (turn: Turn, index: number, reason: string): void => {
  if (turn.state.roots.has(index)) cancelRunning(turn, index, reason);
  else if (!isTerminal(stepStatus(turn.state, index))) {
    turn.recordAt(turn.place(index), 'step_canceled', { data: { reason } });
  }
};

/** Stops the items of a map that are under way. */
export const cancelItems = (turn: Turn, activity: Activity, reason: string): void => {
  for (const child of activity.children ?? []) {
    stopActivity(turn, child, reason);
    turn.recordAt(child, 'item_canceled', { data: { reason } });
  }
};
