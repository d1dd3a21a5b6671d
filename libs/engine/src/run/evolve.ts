import type { EventDraft } from './events.ts';
import { clearWait, depthOf, endItem, ensureActivity, setWait } from './evolve-activity.ts';
import { endLoop, iterateLoop, leaveAgenda } from './evolve-flow.ts';
import { evolveEffect } from './evolve-effect.ts';
import { evolveRun } from './evolve-run.ts';
import { reachFork } from './evolve-debugging.ts';
import { evolveStepEnd, isStepEnd } from './evolve-step-end.ts';
import { textsIn } from './texts-in.ts';
import { eventActivityKey, eventTaskKey, timerKey } from './keys.ts';
import type { Plan } from './plan.ts';
import { STATUS_CODE, type RunState } from './state.ts';

/**
 * Applies one event of the run's log to its state, in place; `at` is the event's time. Deterministic: nothing but the plan and the
 * event decide.
 */
export const evolve = (plan: Plan, state: RunState, event: EventDraft, at: number): void => {
  const index = event.stepId === undefined ? undefined : plan.stepIndexes.get(event.stepId);
  if (index === undefined || event.part === 'compensate' || isAboutCompensation(event)) {
    evolveRun(plan, state, { event, at });
    return;
  }
  if (state.decided[index] === 1) begin(state, { event, index });
  if (isStepEnd(event)) evolveStepEnd(plan, state, { event, index });
  else evolveStep(plan, state, { event, index, at });
};

const isAboutCompensation = ({ type }: EventDraft): boolean => type.startsWith('compensation_');

/** The first event of a step takes it off the agenda. */
const begin = (state: RunState, { event, index }: StepEvent): void => {
  if (event.type === 'breakpoint_hit' || event.type === 'fork_reached') return;
  leaveAgenda(state, index);
  if (state.passing === index) state.passing = -1;
  if (state.stepsLeft !== null && event.type !== 'step_skipped') state.stepsLeft -= 1;
};

type StepEvent = { readonly event: EventDraft; readonly index: number };
type TimedStepEvent = StepEvent & { readonly at: number };
const evolveStep = (plan: Plan, state: RunState, { event, index, at }: TimedStepEvent): void => {
  switch (event.type) {
    case 'task_scheduled':
      scheduleTask(plan, state, { event, index, at });
      break;
    case 'task_succeeded':
    case 'task_failed':
    case 'task_canceled':
      settleTask(plan, state, { event, index });
      break;
    case 'task_started': {
      const activity = state.activities.get(eventActivityKey(event));
      if (activity?.wait?.kind === 'task') activity.wait.isSent = true;
      break;
    }
    case 'task_unknown':
    case 'effect_decided':
      evolveEffect(plan, state, { event, index, at });
      break;
    case 'timer_set':
      setTimer(plan, state, { event, index, at });
      break;
    case 'timer_fired':
      fireTimer(state, { event, index });
      break;
    case 'item_succeeded':
      endItem(plan, state, event, event.data.output);
      break;
    case 'item_failed':
      failItem(plan, state, { event, index });
      break;
    case 'item_canceled':
      endItem(plan, state, event, undefined);
      break;
    case 'loop_iterated':
      iterateLoop(plan, state, plan.steps[index]?.region ?? -1);
      break;
    case 'loop_ended':
      endLoop(plan, state, plan.steps[index]?.region ?? -1);
      break;
    case 'router_consulted':
      state.arms.set(`${index}|${event.data.context}`, { ...event.data.arms });
      clearWait(state, ensureActivity(plan, state, event));
      break;
    case 'router_rewarded':
      reward(state, { event, index });
      break;
    case 'breakpoint_hit':
      state.holds.set('breakpoint', at);
      state.passing = index;
      state.stepsLeft = null;
      break;
    case 'fork_reached':
      reachFork(plan, state, event);
      break;
    default:
      evolveWaiting(plan, state, { event, index, at });
  }
};

const evolveWaiting = (plan: Plan, state: RunState, { event, index, at }: TimedStepEvent): void => {
  switch (event.type) {
    case 'map_started': {
      const { items } = event.data;
      const activity = ensureActivity(plan, state, event);
      activity.map = {
        items,
        results: Array.from(items, () => null),
        next: 0,
        open: 0,
        done: 0,
        succeeded: 0,
        failure: null,
      };
      noteStatus(state, { index, event, code: STATUS_CODE.running });
      break;
    }
    case 'slot_requested': {
      const activity = ensureActivity(plan, state, event);
      setWait(state, activity, {
        kind: 'slot',
        slot: event.data.key,
        limit: event.data.limit,
        isDelayed: false,
        since: at,
      });
      activity.hasSlot = true;
      noteStatus(state, { index, event, code: STATUS_CODE.running });
      break;
    }
    case 'slot_delayed': {
      const activity = state.activities.get(eventActivityKey(event));
      if (activity?.wait?.kind === 'slot') setWait(state, activity, { ...activity.wait, isDelayed: true });
      noteStatus(state, { index, event, code: STATUS_CODE.waiting });
      break;
    }
    case 'slot_acquired': {
      const activity = state.activities.get(eventActivityKey(event));
      if (activity !== undefined) clearWait(state, activity);
      break;
    }
    case 'signal_awaited':
      awaitSignal(plan, state, { event, index, at });
      break;
    case 'approval_requested': {
      const activity = ensureActivity(plan, state, event);
      setWait(state, activity, { kind: 'approval', request: event.data, since: at });
      activity.votes = [];
      activity.assignees = textsIn(event.data['assignees']);
      noteStatus(state, { index, event, code: STATUS_CODE.waiting });
      break;
    }
    case 'approval_decided':
      if (event.data.refusal === undefined) {
        const { refusal: _refusal, ...vote } = event.data;
        state.activities.get(eventActivityKey(event))?.votes?.push({ ...vote, at });
      }
      break;
    case 'approval_escalated': {
      const activity = state.activities.get(eventActivityKey(event));
      if (activity !== undefined) activity.assignees = [...activity.assignees, ...event.data.assignees];
      break;
    }
    case 'routing_started': {
      const { output, error, canFallBack } = event.data;
      const activity = ensureActivity(plan, state, event);
      clearWait(state, activity);
      activity.map = null;
      activity.routing = { output, error, canFallBack, answers: [] };
      break;
    }
    default:
  }
};

const awaitSignal = (plan: Plan, state: RunState, { event, index, at }: TimedStepEvent): void => {
  if (event.type !== 'signal_awaited') return;
  const { name } = event.data;
  const activity = ensureActivity(plan, state, event);
  const early = state.signals.get(name);
  if (early !== undefined && early.length > 0) {
    activity.value = early.shift() ?? null;
    return;
  }
  setWait(state, activity, { kind: 'signal', name, since: at });
  noteStatus(state, { index, event, code: STATUS_CODE.waiting });
};

type StatusNote = StepEvent & { readonly code: number };

/** Items have no status of their own: the step's is that of the whole. */
const noteStatus = (state: RunState, { index, event, code }: StatusNote): void => {
  if (event.index === undefined) state.stepStatuses[index] = code;
};

const scheduleTask = (plan: Plan, state: RunState, { event, index, at }: TimedStepEvent): void => {
  if (event.type !== 'task_scheduled') return;
  const activity = ensureActivity(plan, state, event);
  const attempt = event.attempt ?? 1;
  activity.attempt = attempt;
  activity.repeats = false;
  setWait(state, activity, { kind: 'task', key: eventTaskKey(event), isSent: false, since: at });
  if (activity.routing === null) {
    const stages = plan.steps[index]?.stages ?? [];
    activity.stage = stages.findIndex((stage) => (stage.kind === 'work' ? undefined : stage.part) === event.part);
    const { input } = event.data;
    const isAround = event.part !== undefined && typeof input === 'object' && input !== null && 'value' in input;
    activity.value = isAround ? (input.value ?? null) : input;
  }
  noteStatus(state, { index, event, code: STATUS_CODE.running });
  // A condition that is asked again is no attempt at the step's work.
  if (activity.routing !== null) return;
  state.attempts[index] = event.index === undefined ? attempt : Math.max(attempt, state.attempts[index] ?? 0);
};

const settleTask = (plan: Plan, state: RunState, { event, index }: StepEvent): void => {
  const activity = state.activities.get(eventActivityKey(event));
  if (activity === undefined) return;
  clearWait(state, activity);
  if (event.type === 'task_failed') {
    state.costUsd += event.data.costUsd ?? 0;
    if (event.index === undefined && event.part === undefined) state.errors.set(index, event.data.error);
  }
  if (event.type !== 'task_succeeded') return;
  state.costUsd += event.data.costUsd ?? 0;
  const { output } = event.data;
  if (activity.routing !== null) {
    activity.routing.answers.push(
      output === true || (typeof output === 'object' && output !== null && 'holds' in output && output.holds === true),
    );
    return;
  }
  const stage = plan.steps[index]?.stages[activity.stage];
  if (stage?.kind !== 'validator') activity.value = output;
  if (stage?.kind === 'work') activity.isCached = event.data.isCached === true;
};

const setTimer = (plan: Plan, state: RunState, { event, index, at }: TimedStepEvent): void => {
  if (event.type !== 'timer_set') return;
  const { purpose, fireAt } = event.data;
  const activity = ensureActivity(plan, state, event);
  const key = timerKey(activity.key, { attempt: event.attempt ?? 1, purpose, part: event.part });
  if (purpose !== 'retry' && purpose !== 'wait') {
    (activity.timers ??= new Map()).set(key, { purpose, until: fireAt });
    return;
  }
  setWait(state, activity, { kind: 'timer', key, purpose, until: fireAt, since: at });
  noteStatus(state, { index, event, code: STATUS_CODE.waiting });
  state.attempts[index] = Math.max(1, state.attempts[index] ?? 0);
};

const fireTimer = (state: RunState, { event, index }: StepEvent): void => {
  if (event.type !== 'timer_fired') return;
  const activity = state.activities.get(eventActivityKey(event));
  if (activity === undefined) return;
  const { purpose } = event.data;
  if (purpose === 'retry' || purpose === 'wait') {
    clearWait(state, activity);
    activity.attempt = event.attempt ?? 1;
    if (event.index === undefined) state.attempts[index] = activity.attempt;
  } else {
    activity.timers?.delete(timerKey(activity.key, { attempt: event.attempt ?? 1, purpose, part: event.part }));
  }
};

const failItem = (plan: Plan, state: RunState, { event, index }: StepEvent): void => {
  if (event.type !== 'item_failed') return;
  const { error } = event.data;
  if (collected(plan, index, event)) {
    endItem(plan, state, event, { error });
    return;
  }
  const map = endItem(plan, state, event, undefined);
  if (map !== undefined) map.failure ??= error;
};

const collected = (plan: Plan, index: number, event: EventDraft): boolean =>
  plan.steps[index]?.maps[depthOf(event.index ?? '') - 1]?.collectsErrors === true;

const reward = (state: RunState, { event, index }: StepEvent): void => {
  if (event.type !== 'router_rewarded') return;
  const { context, to, reward: earned } = event.data;
  const key = `${index}|${context}`;
  const arms = state.arms.get(key) ?? {};
  const known = (Object.hasOwn(arms, to) ? arms[to] : undefined) ?? { pulls: 0, reward: 0 };
  arms[to] = { pulls: known.pulls + 1, reward: known.reward + earned };
  state.arms.set(key, arms);
  state.choices.delete(index);
};
