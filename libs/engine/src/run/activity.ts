import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { isJsonObject } from '../definition/is-json-object.ts';
import { requestApproval } from './approval.ts';
import type { Turn } from './decision.ts';
import { editedInput, keptSecrets } from './edited-input.ts';
import { taskKey } from './keys.ts';
import type { Place } from './keys.ts';
import { endItemWell } from './map.ts';
import type { PlanStage } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { renderAt, secretsAt } from './render.ts';
import { isHeld, type Activity } from './state.ts';
import { failAttempt, succeedStep } from './step-end.ts';
import { end, fail, wait } from './core-work.ts';

/** Begins one execution: of a step, or of one of its items. It may first have to wait for a place under its limit. */
export const beginActivity = (turn: Turn, place: Place): void => {
  const { concurrency } = turn.step(place);
  if (concurrency === null) {
    attemptActivity(turn, place, 1);
    return;
  }
  try {
    const rendered = renderAt(turn, concurrency.key, place);
    const slot = typeof rendered === 'string' ? rendered : JSON.stringify(rendered);
    const { limit } = concurrency;
    turn.recordAt(place, 'slot_requested', { data: { key: slot, limit } });
    turn.effects.push({ kind: 'acquire', request: { key: turn.keyOf(place), slot, limit } });
  } catch (error) {
    failAttempt(turn, place, { attempt: 1, error: toRecordedError(error) });
  }
};

/** Makes one attempt: everything from the input's transforms to the output's validators. */
export const attemptActivity = (turn: Turn, place: Place, attempt: number): void => {
  const step = turn.step(place);
  try {
    const value = editedInput(turn.plan, turn.state, place) ?? renderAt(turn, step.input, place);
    runStages(turn, place, { attempt, stage: 0, value });
  } catch (error) {
    failAttempt(turn, place, { attempt, error: { ...toRecordedError(error), retryable: false } });
  }
};

/** Makes the stage again that nobody knows the outcome of, with what it was given then. */
export const repeatStage = (turn: Turn, activity: Activity): void => {
  const { attempt, stage, value } = activity;
  try {
    runStages(turn, activity, { attempt, stage, value });
  } catch (error) {
    failAttempt(turn, activity, { attempt, error: { ...toRecordedError(error), retryable: false } });
  }
};

type Cursor = { readonly attempt: number; readonly stage: number; readonly value: Json };

/** Goes through the stages from the cursor on, up to the first that has to be waited for. */
const runStages = (turn: Turn, place: Place, cursor: Cursor): void => {
  const step = turn.step(place);
  const { attempt } = cursor;
  let { stage: position, value } = cursor;
  for (; position < step.stages.length; position += 1) {
    const stage = step.stages[position];
    if (stage === undefined) break;
    if (stage.kind !== 'work') {
      scheduleStage(turn, place, { stage, attempt, value });
      return;
    }
    const done = work(turn, place, { attempt, value });
    if (done === undefined) return;
    value = done.output;
  }
  endActivity(turn, place, value);
};

const endActivity = (turn: Turn, place: Place, output: Json): void => {
  if (place.index === '') succeedStep(turn, place, { output });
  else endItemWell(turn, place, output);
};

type Work = { readonly attempt: number; readonly value: Json };

/** Does what the step is for; undefined when that takes time or went wrong. */
const work = (turn: Turn, place: Place, { attempt, value }: Work): { readonly output: Json } | undefined => {
  const input = isJsonObject(value) ? value : {};
  switch (turn.step(place).kind) {
    case 'noop':
      return { output: value };
    case 'wait':
      return wait(turn, place, { attempt, input });
    case 'end':
      end(turn, place, input);
      return undefined;
    case 'fail':
      fail(turn, place, { attempt, input });
      return undefined;
    case 'approval':
      requestApproval(turn, place, input);
      return undefined;
    case 'pipeline':
      scheduleChild(turn, place, { attempt, input });
      return undefined;
    default:
      scheduleTask(turn, place, { attempt, value });
      return undefined;
  }
};

const scheduleTask = (turn: Turn, place: Place, { attempt, value }: Work): void => {
  const step = turn.step(place);
  // A transform may have moved what it was given: a secret's place is only known without one.
  const isUntouched =
    step.stages[0]?.kind === 'work' || !step.stages.some((stage) => stage.kind === 'transform' && stage.at === 'input');
  const secrets = isUntouched ? keptSecrets(secretsAt(turn, step.input, place), value) : [];
  const cacheKey = step.cache === null ? null : renderAt(turn, step.cache.key, place);
  const cache =
    step.cache === null
      ? null
      : { key: typeof cacheKey === 'string' ? cacheKey : JSON.stringify(cacheKey), ttlMs: step.cache.ttlMs };
  const { uses, timeoutMs } = step;
  turn.dispatch(place, { kind: 'step', uses, input: value, attempt, secrets, timeoutMs, cache });
};

const scheduleChild = (
  turn: Turn,
  place: Place,
  { attempt, input }: { readonly attempt: number; readonly input: JsonObject },
): void => {
  const step = turn.step(place);
  if (step.child === null) return;
  const depth = turn.state.depth + 1;
  if (depth > step.child.maxDepth) {
    failAttempt(turn, place, { attempt, error: toRecordedError(tooDeep(step.id, step.child.maxDepth)) });
    return;
  }
  turn.recordAt(place, 'task_scheduled', { attempt, data: { uses: step.uses, input } });
  turn.effects.push({
    kind: 'child',
    request: { key: taskKey(turn.keyOf(place), attempt), stepId: step.id, ...step.child, parameters: input, depth },
  });
};

const tooDeep = (stepId: string, maxDepth: number): PlatformError =>
  new PlatformError({
    code: 'IA_SUBPIPELINE_DEPTH',
    message: `Step '${stepId}' may nest sub-pipelines ${maxDepth} deep.`,
    hint: 'Raise max_depth, or end the recursion earlier.',
  });

type StageCall = {
  readonly stage: Exclude<PlanStage, { kind: 'work' }>;
  readonly attempt: number;
  readonly value: Json;
};

const scheduleStage = (turn: Turn, place: Place, { stage, attempt, value }: StageCall): void => {
  const { kind, part, uses } = stage;
  const input = { value, config: renderAt(turn, stage.config, place) };
  const secrets = secretsAt(turn, stage.config, place).map((slot) => ({ ...slot, path: ['config', ...slot.path] }));
  const { timeoutMs } = turn.step(place);
  turn.dispatch(place, { kind, uses, input, attempt, part, secrets, timeoutMs });
};

/** Goes on after a stage has settled well; the activity already holds what it gave. */
export const continueStages = (turn: Turn, activity: Activity, output: Json): void => {
  const { attempt, stage: position, value } = activity;
  const stage = turn.step(activity).stages[position];
  const refusal = stage?.kind === 'validator' ? refusalOf(stage, output) : undefined;
  if (refusal !== undefined) {
    const error = {
      ...toRecordedError(refusal),
      name: 'ValidationError',
      retryable: stage?.kind === 'validator' && stage.at === 'output',
    };
    failAttempt(turn, activity, { attempt, error });
    return;
  }
  try {
    runStages(turn, activity, { attempt, stage: position + 1, value });
  } catch (error) {
    failAttempt(turn, activity, { attempt, error: { ...toRecordedError(error), retryable: false } });
  }
};

/** Goes on after the work itself, which was no task: a wait, a signal, an approval. */
export const finishWork = (turn: Turn, activity: Activity, output: Json): void => {
  const position = turn.step(activity).stages.findIndex(({ kind }) => kind === 'work');
  try {
    runStages(turn, activity, { attempt: activity.attempt, stage: position + 1, value: output });
  } catch (error) {
    failAttempt(turn, activity, { attempt: activity.attempt, error: { ...toRecordedError(error), retryable: false } });
  }
};

/** A validator says yes or no, or `{valid, errors}`; anything else is a no as well. */
const refusalOf = (
  { at, uses }: Extract<PlanStage, { kind: 'transform' | 'validator' }>,
  verdict: Json,
): PlatformError | undefined => {
  if (verdict === true || (isJsonObject(verdict) && verdict['valid'] === true)) return undefined;
  const errors =
    isJsonObject(verdict) && Array.isArray(verdict['errors']) ? (verdict['errors'] as readonly Json[]) : [];
  const first = errors[0];
  const reason = isJsonObject(first) && typeof first['message'] === 'string' ? `: ${first['message']}` : '';
  return new PlatformError({
    code: 'IA_VALIDATION_FAILED',
    message: `The validator ${uses} refuses the ${at}${reason}.`,
    details: { at, errors },
  });
};

/** Takes up again what a pause held back: attempts whose time or place had come. */
export const resumeActivities = (turn: Turn): void => {
  for (const activity of turn.state.activities.values()) {
    if (isHeld(turn.state) || turn.state.ending !== null) return;
    if (activity.map !== null) turn.maps.add(activity);
    else if (activity.wait === null && activity.routing === null && turn.state.activities.has(activity.key)) {
      if (activity.repeats) repeatStage(turn, activity);
      else attemptActivity(turn, activity, activity.attempt);
    }
  }
};
