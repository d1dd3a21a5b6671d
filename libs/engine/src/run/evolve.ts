import type { EventDraft } from './events.ts';
import type { Plan } from './plan.ts';
import { STATUS_CODE, type RunState } from './state.ts';

/**
 * Applies one event of the run's log to its state, in place; `at` is the event's time. Deterministic: nothing but the plan and the
 * event decide.
 */
export const evolve = (plan: Plan, state: RunState, event: EventDraft, at: number): void => {
  if (event.type === 'run_started') state.startedAt = at;
  const index = event.stepId === undefined ? undefined : plan.stepIndexes.get(event.stepId);
  if (index === undefined) evolveRun(plan, state, event);
  else evolveStep(plan, state, { event, index });
};

const evolveRun = (plan: Plan, state: RunState, event: EventDraft): void => {
  switch (event.type) {
    case 'run_started':
      state.status = 'running';
      state.parameters = event.data.parameters;
      state.trigger = event.data.trigger;
      state.pipeline = event.data.pipeline;
      start(plan, state);
      break;
    case 'run_waiting':
      state.status = 'waiting';
      break;
    case 'run_resumed':
      state.status = 'running';
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

const decideJoin = (state: RunState, index: number): void => {
  if (state.decided[index] === 1) return;
  state.decided[index] = 1;
  state.agenda.push(index);
};

type StepEvent = { readonly event: EventDraft; readonly index: number };

const evolveStep = (plan: Plan, state: RunState, { event, index }: StepEvent): void => {
  switch (event.type) {
    case 'task_scheduled': {
      const attempt = event.attempt ?? 1;
      close(state, index);
      state.outstanding.set(index, { kind: 'task', key: taskKey(event.stepId ?? '', attempt), attempt });
      state.runningTasks += 1;
      state.attempts[index] = attempt;
      state.stepStatuses[index] = STATUS_CODE.running;
      break;
    }
    case 'task_succeeded':
    case 'task_canceled':
      close(state, index);
      break;
    case 'task_failed':
      close(state, index);
      state.errors.set(index, event.data.error);
      break;
    case 'timer_set': {
      const { purpose } = event.data;
      if (purpose === 'timeout') break;
      const attempt = event.attempt ?? 1;
      state.outstanding.set(index, {
        kind: 'timer',
        key: timerKey(event.stepId ?? '', attempt, purpose),
        attempt,
        purpose,
      });
      state.stepStatuses[index] = STATUS_CODE.waiting;
      state.attempts[index] = Math.max(1, state.attempts[index] ?? 0);
      break;
    }
    case 'timer_fired':
      close(state, index);
      state.attempts[index] = event.attempt ?? 1;
      break;
    default:
      evolveStepEnd(plan, state, { event, index });
  }
};

const evolveStepEnd = (plan: Plan, state: RunState, { event, index }: StepEvent): void => {
  switch (event.type) {
    case 'step_succeeded':
      finish(state, index, STATUS_CODE.succeeded);
      state.outputs[index] = event.data.output;
      if (event.data.error) state.errors.set(index, event.data.error);
      else state.errors.delete(index);
      followPlain(plan, state, { index, failed: false });
      break;
    case 'step_failed':
      finish(state, index, STATUS_CODE.failed);
      state.errors.set(index, event.data.error);
      followPlain(plan, state, { index, failed: true });
      break;
    case 'step_skipped':
      finish(state, index, STATUS_CODE.skipped);
      killAll(plan, state, index);
      break;
    case 'step_canceled':
      finish(state, index, STATUS_CODE.canceled);
      killAll(plan, state, index);
      break;
    case 'branch_chosen':
      followChoice(plan, state, { index, taken: event.data.taken });
      break;
    default:
  }
};

/** A step that a join canceled has decided its own join too: a late arrival must not start it again. */
const finish = (state: RunState, index: number, statusCode: number): void => {
  close(state, index);
  state.decided[index] = 1;
  state.stepStatuses[index] = statusCode;
};

const close = (state: RunState, index: number): void => {
  const outstanding = state.outstanding.get(index);
  if (outstanding === undefined) return;
  if (outstanding.kind === 'task') state.runningTasks -= 1;
  state.outstanding.delete(index);
};

/** Without a choice to record, how the step ended says whether its one transition is taken. */
const followPlain = (
  plan: Plan,
  state: RunState,
  { index, failed }: { readonly index: number; readonly failed: boolean },
): void => {
  const step = plan.steps[index];
  const [only] = plan.outgoing[index] ?? [];
  if (step === undefined || only === undefined || step.hasChoice) return;
  const isOnError = plan.transitions[only]?.isOnError === true;
  resolve(plan, state, { transition: only, isTaken: failed ? isOnError || step.continuesOnError : !isOnError });
};

const followChoice = (
  plan: Plan,
  state: RunState,
  { index, taken }: { readonly index: number; readonly taken: readonly string[] },
): void => {
  // The event lists targets in the order of the transitions, so that one pass finds them.
  let position = 0;
  for (const transition of plan.outgoing[index] ?? []) {
    const to = plan.transitions[transition]?.to ?? -1;
    const isTaken = position < taken.length && plan.stepIds[to] === taken[position];
    if (isTaken) position += 1;
    resolve(plan, state, { transition, isTaken });
  }
};

const killAll = (plan: Plan, state: RunState, index: number): void => {
  for (const transition of plan.outgoing[index] ?? []) resolve(plan, state, { transition, isTaken: false });
};

/** Dead-path elimination: every transition ends up taken or dead, and a join is decided as soon as that is certain. */
const resolve = (
  plan: Plan,
  state: RunState,
  { transition, isTaken }: { readonly transition: number; readonly isTaken: boolean },
): void => {
  const to = plan.transitions[transition]?.to;
  if (to === undefined) return;
  const unresolved = (state.unresolved[to] ?? 0) - 1;
  const taken = (state.taken[to] ?? 0) + (isTaken ? 1 : 0);
  state.unresolved[to] = unresolved;
  if (state.decided[to] === 1) return;
  state.taken[to] = taken;
  const needed = plan.steps[to]?.joinCount ?? 0;
  const isMet = needed > 0 && taken >= needed;
  const isUnmeetable = needed > 0 && taken > 0 && taken + unresolved < needed;
  if (isMet || isUnmeetable || unresolved === 0) decideJoin(state, to);
};

/** `stepId#iteration/index@attempt`. */
export const taskKey = (stepId: string, attempt: number): string => `${stepId}#/@${attempt}`;

export const timerKey = (stepId: string, attempt: number, purpose: 'retry' | 'wait'): string =>
  `${taskKey(stepId, attempt)}:${purpose}`;
