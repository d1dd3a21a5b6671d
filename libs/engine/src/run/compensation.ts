import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { taskKey, timerKey } from './keys.ts';
import type { PlanCall } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { retryDelayMs, shouldRetry } from './retry.ts';
import { createScope } from './scope.ts';
import type { Settled } from '../ports/durable-context.ts';
import type { CompletedExecution } from './state.ts';

export const COMPENSATE_PART = 'compensate';

/** Undoes the execution that completed last of those that are left. */
export const compensateLast = (turn: Turn): void => {
  const execution = turn.state.completed.at(-1);
  if (execution === undefined) return;
  turn.recordAt(execution, 'compensation_started', { data: {} });
  attemptCompensation(turn, 1);
};

/** Makes one attempt at undoing the execution that is under way. */
export const attemptCompensation = (turn: Turn, attempt: number): void => {
  const execution = turn.state.compensation?.execution;
  const call = execution === undefined ? null : turn.step(execution).compensate;
  if (execution === undefined || call === null) return;
  try {
    dispatch(turn, execution, { call, attempt });
  } catch (error) {
    turn.recordAt(execution, 'compensation_failed', { data: { error: toRecordedError(error) } });
  }
};

type Dispatch = { readonly call: PlanCall; readonly attempt: number };

const dispatch = (turn: Turn, execution: CompletedExecution, { call, attempt }: Dispatch): void => {
  const { step: index, output, itemPath } = execution;
  const scope = createScope(turn.plan, turn.state, {
    runId: turn.facts.runId,
    stepIds: call.input.stepIds,
    place: execution,
    itemPath,
    outcome: { index, status: 'succeeded', output, error: undefined },
  });
  const input = call.input.isConstant ? call.input.constant : call.input.render(scope);
  if (call.uses === 'core.noop') {
    turn.recordAt(execution, 'compensation_succeeded', { data: { output: input } });
    return;
  }
  if (call.uses === 'core.fail') throw failedOnPurpose(input);
  const part = COMPENSATE_PART;
  const { uses, timeoutMs, child } = call;
  if (child === null) {
    const secrets = call.input.secretSlots(scope);
    turn.dispatch(execution, { kind: 'compensation', uses, input, attempt, part, secrets, timeoutMs });
    return;
  }
  const { id: stepId } = turn.step(execution);
  const key = taskKey(turn.keyOf(execution), attempt, part);
  turn.recordAt(execution, 'task_scheduled', { attempt, part, data: { uses, input } });
  const depth = turn.state.depth + 1;
  turn.effects.push({ kind: 'child', request: { key, stepId, ...child, parameters: input, depth } });
};

const failedOnPurpose = ({ message }: JsonObject): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_ENDED',
    message: typeof message === 'string' ? message : 'The compensation failed on purpose.',
  });

type CompensationSettled = Extract<Settled, { kind: 'task_succeeded' | 'task_failed' }>;

/** Takes what an attempt at a compensation came to. A failed one is noted, and the others still run. */
export const settleCompensation = (turn: Turn, settled: CompensationSettled): void => {
  const progress = turn.state.compensation;
  if (progress === null) return;
  const { execution, attempt } = progress;
  const part = COMPENSATE_PART;
  const cost = settled.costUsd === undefined ? {} : { costUsd: settled.costUsd };
  if (settled.kind === 'task_succeeded') {
    const { output } = settled;
    turn.recordAt(execution, 'task_succeeded', { attempt, part, data: { output, ...cost } });
    turn.recordAt(execution, 'compensation_succeeded', { data: { output } });
    return;
  }
  turn.recordAt(execution, 'task_failed', { attempt, part, data: { error: settled.error, ...cost } });
  retryOrFail(turn, execution, { attempt, error: settled.error });
};

/** An attempt that came to nothing anybody knows: made again, or given up. */
export const failCompensation = (turn: Turn, error: RecordedError): void => {
  const execution = turn.state.compensation?.execution;
  if (execution !== undefined) turn.recordAt(execution, 'compensation_failed', { data: { error } });
};

type FailedAttempt = { readonly attempt: number; readonly error: RecordedError };

const retryOrFail = (turn: Turn, execution: CompletedExecution, { attempt, error }: FailedAttempt): void => {
  const policy = turn.step(execution).compensate?.retry ?? null;
  const counted = attempt - (turn.state.compensation?.lostAttempts ?? 0);
  if (policy === null || !shouldRetry(policy, counted, error)) {
    turn.recordAt(execution, 'compensation_failed', { data: { error } });
    return;
  }
  const part = COMPENSATE_PART;
  const next = attempt + 1;
  const activity = turn.keyOf(execution);
  const delayMs = retryDelayMs(policy, { attempt: counted, seed: turn.facts.seed, taskKey: `${activity}:${part}` });
  const fireAt = turn.facts.now + delayMs;
  turn.recordAt(execution, 'task_retry_scheduled', { attempt: next, part, data: { delayMs, error } });
  turn.recordAt(execution, 'timer_set', { attempt: next, part, data: { fireAt, purpose: 'retry' } });
  turn.effects.push({ kind: 'timer', key: timerKey(activity, { attempt: next, purpose: 'retry', part }), fireAt });
};
