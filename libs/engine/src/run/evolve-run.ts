import type { Json } from '@ia-modules/plugin-sdk';
import { debug, setUpDebugging } from './evolve-debugging.ts';
import type { EventDraft } from './events.ts';
import { decideJoin } from './evolve-flow.ts';
import { clearWait, findSignalWaiter } from './evolve-activity.ts';
import { evolveCompensationEffect } from './evolve-effect.ts';
import { eventActivityKey, eventTaskKey, timerKey } from './keys.ts';
import type { Plan } from './plan.ts';
import type { RunState } from './state.ts';

type RunEventInput = { readonly event: EventDraft; readonly at: number };

/** Applies what is about the run as a whole: its course, its hooks, its compensations, and what people ask of it. */
export const evolveRun = (plan: Plan, state: RunState, { event, at }: RunEventInput): void => {
  switch (event.type) {
    case 'run_started':
      state.status = 'running';
      state.startedAt = at;
      state.depth = event.data.depth ?? 0;
      state.parameters = event.data.parameters;
      state.trigger = event.data.trigger;
      state.pipeline = event.data.pipeline;
      state.forkPoints = event.data.fork?.points ?? [];
      setUpDebugging(plan, state, event.data.debug ?? {});
      start(plan, state);
      break;
    case 'run_waiting':
      state.status = 'waiting';
      state.waitReason = event.data.reason;
      break;
    case 'run_resumed':
      state.status = 'running';
      state.waitReason = null;
      break;
    case 'run_ending':
      state.ending = event.data;
      state.holds.clear();
      break;
    case 'run_succeeded':
      state.status = 'succeeded';
      break;
    case 'run_failed':
      state.status = 'failed';
      break;
    case 'run_canceled':
      state.status = 'canceled';
      break;
    default:
      evolveControl(plan, state, { event, at });
  }
};

const evolveControl = (plan: Plan, state: RunState, { event, at }: RunEventInput): void => {
  switch (event.type) {
    case 'pause_requested':
      state.holds.set('paused', at);
      break;
    case 'resume_requested':
      state.holds.delete('paused');
      state.holds.delete('breakpoint');
      break;
    case 'budget_exceeded':
      state.holds.set('budget', at);
      if (event.data.kind === 'duration') state.isDurationOver = true;
      break;
    case 'budget_raised':
      raiseBudget(state, event.data);
      break;
    case 'timer_set':
    case 'timer_fired':
      if (event.stepId !== undefined) evolveSideWork(plan, state, { event, at });
      else if (event.data.purpose === 'breath') state.breathUntil = 'fireAt' in event.data ? event.data.fireAt : null;
      break;
    case 'signal_received':
      receiveSignal(state, event.data);
      break;
    case 'debug_command':
      debug(plan, state, event.data.command);
      break;
    default:
      evolveSideWork(plan, state, { event, at });
  }
};

/** Start steps are ready whatever leads to them; what nothing leads to and is no start can never run. */
const start = (plan: Plan, state: RunState): void => {
  for (const index of plan.starts) {
    state.taken[index] = Math.max(1, plan.steps[index]?.joinCount ?? 0);
    decideJoin(state, index);
  }
  for (const [index, incoming] of plan.incoming.entries()) if (incoming.length === 0) decideJoin(state, index);
};

type Limits = { readonly maxCostUsd?: number; readonly maxDurationMs?: number };

const raiseBudget = (state: RunState, { maxCostUsd, maxDurationMs }: Limits): void => {
  if (maxCostUsd !== undefined) state.maxCostUsd = maxCostUsd;
  if (maxDurationMs !== undefined) {
    state.maxDurationMs = maxDurationMs;
    state.isDurationOver = false;
  }
  if (state.costUsd <= state.maxCostUsd && !state.isDurationOver) state.holds.delete('budget');
};

type Signal = { readonly name: string; readonly payload: Json; readonly delivery?: string };

const receiveSignal = (state: RunState, { name, payload, delivery }: Signal): void => {
  if (delivery !== undefined) state.deliveries.add(delivery);
  const waiter = findSignalWaiter(state, name);
  if (waiter !== undefined) {
    clearWait(state, waiter);
    waiter.value = payload;
    return;
  }
  const early = state.signals.get(name);
  if (early === undefined) state.signals.set(name, [payload]);
  else early.push(payload);
};

/** Hooks and compensations: work of the run beside its steps. */
const evolveSideWork = (plan: Plan, state: RunState, { event, at }: RunEventInput): void => {
  if (event.part?.startsWith('hook/')) evolveHook(state, event);
  else if (event.stepId !== undefined) evolveCompensation(plan, state, { event, at });
};

const evolveHook = (state: RunState, event: EventDraft): void => {
  switch (event.type) {
    case 'task_scheduled':
      state.hooks.add(eventTaskKey(event));
      state.hookCount += 1;
      if (event.part?.endsWith('/end')) state.hasCalledEndHooks = true;
      break;
    case 'task_succeeded':
    case 'task_failed':
    case 'task_unknown':
    case 'task_canceled':
      state.hooks.delete(eventTaskKey(event));
      state.costUsd += 'costUsd' in event.data ? (event.data.costUsd ?? 0) : 0;
      break;
    default:
  }
};

const evolveCompensation = (plan: Plan, state: RunState, { event, at }: RunEventInput): void => {
  const { compensation } = state;
  if (event.type === 'compensation_started') {
    const execution = state.completed.pop();
    if (execution !== undefined) state.compensation = { execution, attempt: 1, lostAttempts: 0, wait: null };
  }
  if (compensation === null) return;
  switch (event.type) {
    case 'task_scheduled':
      compensation.attempt = event.attempt ?? 1;
      compensation.wait = { kind: 'task', key: eventTaskKey(event), isSent: false, since: at };
      state.waits.task += 1;
      break;
    case 'task_started':
      if (compensation.wait?.kind === 'task') compensation.wait.isSent = true;
      break;
    case 'task_unknown':
    case 'effect_decided':
      evolveCompensationEffect(plan, state, { compensation, event, at });
      break;
    case 'task_succeeded':
    case 'task_failed':
    case 'task_canceled':
      compensation.wait = null;
      state.waits.task -= 1;
      state.costUsd += 'costUsd' in event.data ? (event.data.costUsd ?? 0) : 0;
      break;
    case 'timer_set':
      compensation.wait = { kind: 'timer', ...retryTimer(event), until: event.data.fireAt, since: at };
      break;
    case 'timer_fired':
      compensation.wait = null;
      break;
    case 'compensation_succeeded':
    case 'compensation_failed':
      state.compensation = null;
      state.compensations.push({
        stepId: event.stepId ?? '',
        ...(event.iteration === undefined ? {} : { iteration: event.iteration }),
        ...(event.index === undefined ? {} : { index: event.index }),
        ...(event.type === 'compensation_failed'
          ? { status: 'failed', error: event.data.error }
          : { status: 'succeeded' }),
      });
      break;
    default:
  }
};

const retryTimer = (event: EventDraft) => {
  const purpose = 'retry';
  const { attempt = 1, part } = event;
  return { key: timerKey(eventActivityKey(event), { attempt, purpose, part }), purpose } as const;
};
