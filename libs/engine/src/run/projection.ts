import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Compensation, EventData, PluginReference, RecordedError, RunEvent, TimerPurpose } from './events.ts';
import { isTerminal, type Status, type WaitReason } from './status.ts';

/** One step of a run as a person sees it. Times are epoch milliseconds. */
export type StepView = {
  readonly id: string;
  readonly status: Status;
  readonly output: Json | null;
  /** Kept also when a fallback made the step succeed. */
  readonly error: RecordedError | null;
  /** Of its last execution; of a mapped step, the highest of its items. */
  readonly attempts: number;
  /** Executions in all, over every loop; 0 while it never became ready. */
  readonly iterations: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** What ran the last attempt. */
  readonly plugin: PluginReference | null;
  readonly worker: string | null;
  /** How far a mapped step is; null for other steps. */
  readonly items: { readonly total: number; readonly succeeded: number; readonly failed: number } | null;
};

/** A run as a person sees it: what its events add up to. */
export type RunView = {
  readonly status: Status;
  readonly waitReason: WaitReason | null;
  readonly parameters: JsonObject | null;
  readonly trigger: JsonObject | null;
  readonly outputs: JsonObject | null;
  readonly error: RecordedError | null;
  /** What was undone when the run failed or was canceled, in the order of undoing. */
  readonly compensations: readonly Compensation[];
  readonly costUsd: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** The last event that is in this view. */
  readonly seq: number;
  readonly steps: Readonly<Record<string, StepView>>;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type MutableRunView = Omit<Mutable<RunView>, 'steps'> & { steps: Record<string, Mutable<StepView>> };

/** Folds events into a {@link RunView}, one at a time. */
export type Projection = {
  /** The view so far: the same object every time, changed in place by `apply`. */
  readonly view: RunView;
  readonly apply: (event: RunEvent) => void;
};

const createStepView = (id: string): Mutable<StepView> => ({
  id,
  status: 'pending',
  output: null,
  error: null,
  attempts: 0,
  iterations: 0,
  startedAt: null,
  finishedAt: null,
  plugin: null,
  worker: null,
  items: null,
});

/** Starts an empty projection. With the ids of a plan's steps, steps that no event has named yet show as `pending`. */
export const createProjection = (plan?: { readonly stepIds: readonly string[] }): Projection => {
  const view: MutableRunView = {
    status: 'pending',
    waitReason: null,
    parameters: null,
    trigger: null,
    outputs: null,
    error: null,
    compensations: [],
    costUsd: 0,
    startedAt: null,
    finishedAt: null,
    seq: 0,
    steps: Object.create(null) as Record<string, Mutable<StepView>>,
  };
  for (const id of plan?.stepIds ?? []) view.steps[id] = createStepView(id);
  return {
    view,
    apply(event) {
      view.seq = event.seq;
      if ('costUsd' in event.data && typeof event.data.costUsd === 'number') view.costUsd += event.data.costUsd;
      // Transforms, validators, conditions, hooks and compensations are not the step's own work.
      if (event.part !== undefined) return;
      if (event.stepId === undefined) applyToRun(view, event);
      else {
        const step = (view.steps[event.stepId] ??= createStepView(event.stepId));
        if (event.index === undefined) applyToStep(step, event);
        else applyToItem(step, event);
      }
    },
  };
};

/** What a whole log adds up to. */
export const projectRun = (events: Iterable<RunEvent>, plan?: { readonly stepIds: readonly string[] }): RunView => {
  const projection = createProjection(plan);
  for (const event of events) projection.apply(event);
  return projection.view;
};

const applyToRun = (view: MutableRunView, event: RunEvent): void => {
  switch (event.type) {
    case 'run_started':
      view.status = 'running';
      view.startedAt = event.at;
      view.parameters = event.data.parameters;
      view.trigger = event.data.trigger;
      break;
    case 'run_waiting':
      view.status = 'waiting';
      view.waitReason = event.data.reason;
      break;
    case 'run_resumed':
      view.status = 'running';
      view.waitReason = null;
      break;
    case 'run_succeeded':
      view.outputs = event.data.outputs;
      finishRun(view, 'succeeded', event.at);
      break;
    case 'run_failed':
      view.error = event.data.error;
      view.compensations = event.data.compensations ?? [];
      finishRun(view, 'failed', event.at);
      break;
    case 'run_canceled':
      view.compensations = event.data.compensations ?? [];
      finishRun(view, 'canceled', event.at);
      break;
    default:
  }
};

/** A step that never became ready has no event of its own: the end of the run makes it `skipped`. */
const finishRun = (view: MutableRunView, status: Status, at: number): void => {
  view.status = status;
  view.waitReason = null;
  view.finishedAt = at;
  for (const id in view.steps) {
    const step = view.steps[id];
    if (step && !isTerminal(step.status)) step.status = 'skipped';
  }
};

/** An item shows in its step's attempts and counts; its own course is in the events. */
const applyToItem = (step: Mutable<StepView>, event: RunEvent): void => {
  const { items } = step;
  switch (event.type) {
    case 'task_scheduled':
      step.attempts = Math.max(step.attempts, event.attempt ?? 1);
      break;
    case 'task_started':
      applyStart(step, event.data);
      break;
    case 'item_succeeded':
      if (items && !event.index?.includes('.')) step.items = { ...items, succeeded: items.succeeded + 1 };
      break;
    case 'item_failed':
      if (items && !event.index?.includes('.')) step.items = { ...items, failed: items.failed + 1 };
      break;
    default:
  }
};

const applyStart = (step: Mutable<StepView>, { plugin, worker }: EventData['task_started']): void => {
  step.plugin = plugin ?? null;
  step.worker = worker ?? null;
};

const applyToStep = (step: Mutable<StepView>, event: RunEvent): void => {
  switch (event.type) {
    case 'task_scheduled':
      beginExecution(step, event);
      step.status = 'running';
      step.attempts = event.attempt ?? 1;
      break;
    case 'task_started':
      step.status = 'running';
      applyStart(step, event.data);
      break;
    case 'task_failed':
      step.error = event.data.error;
      break;
    case 'task_unknown':
      step.error = event.data.error ?? step.error;
      step.status = 'waiting';
      break;
    case 'effect_decided':
      if (event.data.decision !== 'repeat') step.status = 'running';
      break;
    case 'map_started':
      beginExecution(step, event);
      step.status = 'running';
      step.items = { total: event.data.items.length, succeeded: 0, failed: 0 };
      break;
    case 'slot_requested':
    case 'slot_acquired':
    case 'routing_started':
      beginExecution(step, event);
      step.status = 'running';
      break;
    case 'slot_delayed':
    case 'signal_awaited':
    case 'approval_requested':
      beginExecution(step, event);
      step.status = 'waiting';
      break;
    case 'timer_set':
      beginExecution(step, event);
      if (MAIN_TIMERS.has(event.data.purpose)) step.status = 'waiting';
      else if (step.status !== 'waiting') step.status = 'running';
      break;
    case 'timer_fired':
      if (MAIN_TIMERS.has(event.data.purpose)) step.attempts = event.attempt ?? 1;
      break;
    default:
      applyStepEnd(step, event);
  }
};

/** What the step itself waits for; the other timers limit it. */
const MAIN_TIMERS: ReadonlySet<TimerPurpose> = new Set(['retry', 'wait']);

const applyStepEnd = (step: Mutable<StepView>, event: RunEvent): void => {
  switch (event.type) {
    case 'step_succeeded':
      beginExecution(step, event);
      step.output = event.data.output;
      step.error = event.data.error ?? null;
      closeStep(step, 'succeeded', event.at);
      break;
    case 'step_failed':
      beginExecution(step, event);
      step.output = null;
      step.error = event.data.error;
      closeStep(step, 'failed', event.at);
      break;
    case 'step_skipped':
    case 'step_canceled':
      step.output = null;
      closeStep(step, event.type === 'step_skipped' ? 'skipped' : 'canceled', event.at);
      break;
    default:
  }
};

/** A core step opens and closes with one event; a task opens with its first attempt. */
const beginExecution = (step: Mutable<StepView>, event: RunEvent): void => {
  if (step.status === 'running' || step.status === 'waiting') return;
  step.iterations += 1;
  step.attempts = 1;
  step.startedAt = event.at;
  step.finishedAt = null;
};

const closeStep = (step: Mutable<StepView>, status: Status, at: number): void => {
  step.status = status;
  step.finishedAt = at;
};
