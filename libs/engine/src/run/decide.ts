import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import { activateStep, attemptStep } from './activate-step.ts';
import { Turn, type Decision, type RunFacts } from './decision.ts';
import { toRecordedError } from './recorded-error.ts';
import { cancelRun, failRun, RUN_TIMEOUT_KEY, succeedRun } from './run-end.ts';
import type { Plan } from './plan.ts';
import { takeFromAgenda, type Outstanding, type RunState } from './state.ts';
import { isTerminal } from './status.ts';
import { failAttempt, succeedStep } from './step-end.ts';

/** What the interpreter is told: that the run begins, or that something outstanding settled. */
export type Stimulus =
  | {
      readonly kind: 'started';
      readonly parameters: JsonObject;
      readonly trigger: JsonObject;
      readonly pipeline: JsonObject;
    }
  | Settled;

/**
 * What a run does next, as the events to record and the effects that follow them; `state` already has the events applied.
 * Depends on nothing but its arguments. The cost is that of the steps which become ready, however large the pipeline is.
 */
export const decide = (
  plan: Plan,
  state: RunState,
  input: { readonly stimulus: Stimulus; readonly facts: RunFacts },
): Decision => {
  const turn = new Turn(plan, state, input.facts);
  take(turn, input.stimulus);
  for (;;) {
    if (isTerminal(state.status)) break;
    const index = takeFromAgenda(state);
    if (index === undefined) break;
    activateStep(turn, index);
  }
  if (!isTerminal(state.status)) rest(turn);
  return turn;
};

/** Nothing is ready any more: the run ends, or something outstanding is waited for. */
const rest = (turn: Turn): void => {
  const { state } = turn;
  if (state.outstanding.size === 0) succeedRun(turn);
  else if (state.runningTasks === 0 && state.status !== 'waiting') {
    turn.record({ type: 'run_waiting', data: { reason: waitReason(state.outstanding.values()) } });
  }
};

const waitReason = (outstanding: Iterable<Outstanding>): 'timer' | 'retry' => {
  for (const item of outstanding) if (item.kind === 'timer' && item.purpose === 'wait') return 'timer';
  return 'retry';
};

const take = (turn: Turn, stimulus: Stimulus): void => {
  switch (stimulus.kind) {
    case 'started': {
      const { parameters, trigger, pipeline } = stimulus;
      turn.record({ type: 'run_started', data: { parameters, trigger, pipeline } });
      setRunTimeout(turn);
      break;
    }
    case 'cancel_requested': {
      const { reason, by } = stimulus;
      turn.record({ type: 'cancel_requested', data: { reason, by } });
      cancelRun(turn, reason);
      break;
    }
    case 'timer_fired':
      if (stimulus.key === RUN_TIMEOUT_KEY) timeOutRun(turn);
      else fireTimer(turn, stimulus.key);
      break;
    default:
      settleTask(turn, stimulus);
  }
};

const setRunTimeout = (turn: Turn): void => {
  const { maxDurationMs } = turn.plan;
  if (maxDurationMs === null) return;
  const fireAt = turn.facts.now + maxDurationMs;
  turn.record({ type: 'timer_set', data: { fireAt, purpose: 'timeout' } });
  turn.effects.push({ kind: 'timer', key: RUN_TIMEOUT_KEY, fireAt });
};

const timeOutRun = (turn: Turn): void => {
  turn.record({ type: 'timer_fired', data: { purpose: 'timeout' } });
  const message = `The run did not end within ${turn.plan.definition.flow?.max_duration}.`;
  failRun(turn, toRecordedError(new PlatformError({ code: 'IA_RUN_TIMEOUT', message, disposition: 'timeout' })));
};

const stepIndexOf = (turn: Turn, key: string): number | undefined =>
  turn.plan.stepIndexes.get(key.slice(0, key.indexOf('#')));

const fireTimer = (turn: Turn, key: string): void => {
  const index = stepIndexOf(turn, key);
  const outstanding = index === undefined ? undefined : turn.state.outstanding.get(index);
  if (index === undefined || outstanding?.kind !== 'timer' || outstanding.key !== key) return;
  const { purpose, attempt } = outstanding;
  turn.record({ type: 'timer_fired', stepId: turn.plan.stepIds[index] ?? '', attempt, data: { purpose } });
  if (turn.state.status === 'waiting') turn.record({ type: 'run_resumed', data: {} });
  if (purpose === 'retry') attemptStep(turn, index, attempt);
  else succeedStep(turn, index, { output: null });
};

type TaskSettled = Extract<Settled, { kind: 'task_started' | 'task_succeeded' | 'task_failed' }>;

const settleTask = (turn: Turn, settled: TaskSettled): void => {
  const index = stepIndexOf(turn, settled.key);
  const outstanding = index === undefined ? undefined : turn.state.outstanding.get(index);
  if (index === undefined || outstanding?.kind !== 'task' || outstanding.key !== settled.key) return;
  const stepId = turn.plan.stepIds[index] ?? '';
  const { attempt } = outstanding;
  switch (settled.kind) {
    case 'task_started': {
      const { worker, plugin } = settled;
      const data = { ...(worker === undefined ? {} : { worker }), ...(plugin === undefined ? {} : { plugin }) };
      turn.record({ type: 'task_started', stepId, attempt, data });
      break;
    }
    case 'task_succeeded':
      turn.record({ type: 'task_succeeded', stepId, attempt, data: { output: settled.output } });
      succeedStep(turn, index, { output: settled.output });
      break;
    default:
      turn.record({ type: 'task_failed', stepId, attempt, data: { error: settled.error } });
      failAttempt(turn, index, { attempt, error: settled.error });
  }
};
