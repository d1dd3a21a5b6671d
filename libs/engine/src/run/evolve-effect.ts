import { clearWait, setWait } from './evolve-activity.ts';
import type { EventDraft } from './events.ts';
import { eventActivityKey, eventTaskKey } from './keys.ts';
import type { Plan } from './plan.ts';
import { STATUS_CODE, type Activity, type CompensationProgress, type RunState } from './state.ts';

type EffectEvent = Extract<EventDraft, { type: 'task_unknown' | 'effect_decided' }>;
type Unknown = Extract<EventDraft, { type: 'task_unknown' }>;
type Decided = Extract<EventDraft, { type: 'effect_decided' }>;

/** Applies that nobody knows what became of an attempt, or that somebody said it. */
export const evolveEffect = (
  plan: Plan,
  state: RunState,
  { event, index, at }: { readonly event: EffectEvent; readonly index: number; readonly at: number },
): void => {
  const activity = state.activities.get(eventActivityKey(event));
  if (activity === undefined) return;
  if (event.type === 'effect_decided') decide(state, activity, event);
  else {
    const asks = event.part === undefined && plan.steps[index]?.onUnknown === 'ask';
    lose(state, activity, { event, at, asks });
    if (event.index === undefined && event.part === undefined && event.data.error !== undefined) {
      state.errors.set(index, event.data.error);
    }
  }
  if (event.index === undefined) noteStatus(state, index, activity);
};

/** Between an attempt whose outcome is lost and the next one, a step waits. */
const noteStatus = (state: RunState, index: number, { wait, repeats }: Activity): void => {
  state.stepStatuses[index] = wait !== null || repeats ? STATUS_CODE.waiting : STATUS_CODE.running;
};

type Loss = { readonly event: Unknown; readonly at: number; readonly asks: boolean };

const lose = (state: RunState, activity: Activity, { event, at, asks }: Loss): void => {
  const { error, costUsd } = event.data;
  state.costUsd += costUsd ?? 0;
  if (error === undefined) activity.lostAttempts += 1;
  if (asks) setWait(state, activity, { kind: 'effect', key: eventTaskKey(event), error: error ?? null, since: at });
  else {
    clearWait(state, activity);
    repeat(activity);
  }
};

const decide = (state: RunState, activity: Activity, { data }: Decided): void => {
  clearWait(state, activity);
  if (data.decision === 'repeat') repeat(activity);
  else if (data.decision === 'confirm') activity.value = data.output ?? null;
};

const repeat = (activity: Activity): void => {
  activity.attempt += 1;
  activity.repeats = true;
};

/** The same for what undoes a step. */
export const evolveCompensationEffect = (
  plan: Plan,
  state: RunState,
  {
    compensation,
    event,
    at,
  }: { readonly compensation: CompensationProgress; readonly event: EffectEvent; readonly at: number },
): void => {
  const { wait, execution } = compensation;
  if (wait?.kind === 'task' || wait?.kind === 'effect') state.waits[wait.kind] -= 1;
  compensation.wait = null;
  if (event.type === 'effect_decided') {
    if (event.data.decision === 'repeat') compensation.attempt += 1;
    return;
  }
  const { error, costUsd } = event.data;
  state.costUsd += costUsd ?? 0;
  if (error === undefined) compensation.lostAttempts += 1;
  if (plan.steps[execution.step]?.onUnknown !== 'ask') {
    compensation.attempt += 1;
    return;
  }
  state.waits.effect += 1;
  compensation.wait = { kind: 'effect', key: eventTaskKey(event), error: error ?? null, since: at };
};
