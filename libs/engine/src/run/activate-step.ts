import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { parseDuration } from '../definition/duration.ts';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { taskKey, timerKey } from './evolve.ts';
import type { PlanStep } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { cancelRun, cancelStep, failRun, succeedRun } from './run-end.ts';
import { createScope } from './scope.ts';
import { failAttempt, failStep, succeedStep } from './step-end.ts';

/** Looks at a step whose join is decided: runs it, skips it, or fails it when its join can't be met. */
export const activateStep = (turn: Turn, index: number): void => {
  const { plan, state } = turn;
  const step = plan.steps[index];
  if (step === undefined) return;
  const taken = state.taken[index] ?? 0;
  if (taken === 0) {
    turn.record({ type: 'step_skipped', stepId: step.id, data: {} });
    return;
  }
  if (step.cancelsRest && step.joinCount > 0) cancelRest(turn, index);
  if (taken < step.joinCount) failStep(turn, index, unmetJoin(step, taken));
  else attemptStep(turn, index, 1);
};

/** Makes one attempt at a step: at the executor, or here when it is a core step. */
export const attemptStep = (turn: Turn, index: number, attempt: number): void => {
  const step = turn.plan.steps[index];
  if (step === undefined) return;
  let input: JsonObject;
  try {
    input = renderInput(turn, step);
  } catch (error) {
    failStep(turn, index, toRecordedError(error));
    return;
  }
  const work: StepWork = { step, index, attempt, input };
  switch (step.kind) {
    case 'task':
      scheduleTask(turn, work);
      break;
    case 'noop':
      succeedStep(turn, index, { output: input });
      break;
    case 'wait':
      wait(turn, work);
      break;
    case 'end':
      end(turn, work);
      break;
    default:
      fail(turn, work);
  }
};

type StepWork = {
  readonly step: PlanStep;
  readonly index: number;
  readonly attempt: number;
  readonly input: JsonObject;
};

const renderInput = (turn: Turn, { input }: PlanStep): JsonObject =>
  input.expressions.length === 0
    ? input.constant
    : input.render(createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds: input.stepIds }));

const cancelRest = (turn: Turn, index: number): void => {
  for (const transition of turn.plan.incoming[index] ?? []) {
    const from = turn.plan.transitions[transition]?.from;
    if (from !== undefined) cancelStep(turn, from, `Step '${turn.plan.stepIds[index]}' needs no more of its sources.`);
  }
};

const unmetJoin = (step: PlanStep, taken: number): RecordedError =>
  toRecordedError(
    new PlatformError({
      code: 'IA_JOIN_UNMET',
      message: `Step '${step.id}' needs ${step.joinCount} transitions, and only ${taken} can still reach it.`,
    }),
  );

const scheduleTask = (turn: Turn, { step, attempt, input }: StepWork): void => {
  turn.record({ type: 'task_scheduled', stepId: step.id, attempt, data: { uses: step.uses, input } });
  turn.effects.push({
    kind: 'task',
    request: {
      key: taskKey(step.id, attempt),
      stepId: step.id,
      uses: step.uses,
      input,
      attempt,
      idempotencyKey: `${turn.facts.runId}/${step.id}//`,
      timeoutMs: step.timeoutMs,
    },
  });
};

const wait = (turn: Turn, { step, index, attempt, input }: StepWork): void => {
  const fireAt = wakeTime(turn, input);
  if (fireAt === undefined) {
    failStep(turn, index, badInput(step, 'a duration such as "30s", or until as a time in ISO 8601'));
    return;
  }
  turn.record({ type: 'timer_set', stepId: step.id, attempt, data: { fireAt, purpose: 'wait' } });
  turn.effects.push({ kind: 'timer', key: timerKey(step.id, attempt, 'wait'), fireAt });
};

const wakeTime = (turn: Turn, { duration, until }: JsonObject): number | undefined => {
  if (typeof duration === 'string') {
    const durationMs = parseDuration(duration);
    return durationMs === undefined ? undefined : turn.facts.now + durationMs;
  }
  const time = typeof until === 'string' ? Date.parse(until) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
};

const badInput = (step: PlanStep, expected: string): RecordedError =>
  toRecordedError(
    new PlatformError({ code: 'IA_PIPELINE_WITH', message: `Step '${step.id}' (${step.uses}) needs ${expected}.` }),
  );

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const end = (turn: Turn, { step, index, input }: StepWork): void => {
  const { status = 'succeeded', outputs, message } = input;
  if (status !== 'succeeded' && status !== 'failed' && status !== 'canceled') {
    failStep(turn, index, badInput(step, 'a status: succeeded, failed or canceled'));
    return;
  }
  if (outputs !== undefined && !isJsonObject(outputs)) {
    failStep(turn, index, badInput(step, 'outputs that are an object'));
    return;
  }
  turn.record({ type: 'step_succeeded', stepId: step.id, data: { output: input } });
  const text = typeof message === 'string' ? message : `Step '${step.id}' ended the run.`;
  if (status === 'succeeded') succeedRun(turn, outputs);
  else if (status === 'canceled') cancelRun(turn, text);
  else failRun(turn, endedError(text, false));
};

const fail = (turn: Turn, { step, index, attempt, input }: StepWork): void => {
  const { message, retryable } = input;
  const text = typeof message === 'string' ? message : `Step '${step.id}' failed on purpose.`;
  failAttempt(turn, index, { attempt, error: endedError(text, retryable === true) });
};

const endedError = (message: string, retryable: boolean): RecordedError =>
  toRecordedError(new PlatformError({ code: 'IA_RUN_ENDED', message, disposition: retryable ? 'retry' : 'terminal' }));
