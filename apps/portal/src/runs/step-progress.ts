import { readList, readString } from '../definition/json-record.ts';
import { type LoggedEvent, member, readError, type ShownError, type Status } from './logged-event.ts';

export type AttemptProgress = Readonly<{
  number: number;
  iteration: string | null;
  status: Status;
  startedAt: string;
  finishedAt: string | null;
  error: ShownError | null;
}>;
export type PluginUse = Readonly<{ name: string; version: string; integrity: string }>;
export type StepProgress = Readonly<{
  status: Status;
  waitReason: string | null;
  /** Where its loops are, outermost first: `2.1`. */
  iteration: string | null;
  /** How far a mapped step has come with its items. */
  items: Readonly<{ total: number; done: number; failed: number }> | null;
  input: unknown;
  output: unknown;
  error: ShownError | null;
  /** The newest attempts at the step; those at single items are not among them. */
  attempts: readonly AttemptProgress[];
  plugin: PluginUse | null;
  /** How undoing what it did went. */
  compensation: Status | null;
  startedAt: string | null;
  finishedAt: string | null;
}>;

export const UNTOUCHED_STEP: StepProgress = {
  status: 'pending',
  waitReason: null,
  iteration: null,
  items: null,
  input: undefined,
  output: undefined,
  error: null,
  attempts: [],
  plugin: null,
  compensation: null,
  startedAt: null,
  finishedAt: null,
};

/** A loop may run a step a million times. */
const MAX_ATTEMPTS = 100;

/** Takes in one event of a step. Its transforms, validators, conditions and compensations are not its own work. */
export function advanceStep(step: StepProgress, event: LoggedEvent): StepProgress {
  if (event.part !== null) return step;
  if (event.type.startsWith('compensation_')) return compensate(step, event);
  return event.index === null ? advanceWhole(step, event) : advanceItem(step, event);
}

function advanceWhole(step: StepProgress, event: LoggedEvent): StepProgress {
  const { type, data } = event;
  switch (type) {
    case 'task_scheduled':
      return { ...run(step, event), input: member(data, 'input') };
    case 'task_started':
      return { ...startAttempt(run(step, event), event), plugin: readPlugin(data) ?? step.plugin };
    case 'task_succeeded':
    case 'task_failed':
    case 'task_canceled':
      return { ...endAttempt(step, event), plugin: readPlugin(data) ?? step.plugin };
    case 'map_started':
      return { ...run(step, event), items: { total: readList(data, 'items').length, done: 0, failed: 0 } };
    case 'slot_requested':
    case 'slot_acquired':
    case 'routing_started':
      return run(step, event);
    default:
      return wait(step, event);
  }
}

/** The timers that hold their step up; the others limit it and run beside it. */
const MAIN_TIMERS: Readonly<Record<string, string>> = { wait: 'timer', retry: 'retry' };

function wait(step: StepProgress, event: LoggedEvent): StepProgress {
  const timer = MAIN_TIMERS[readString(event.data, 'purpose') ?? ''];
  switch (event.type) {
    case 'task_retry_scheduled':
      return pause(step, event, 'retry');
    case 'slot_delayed':
      return pause(step, event, 'concurrency');
    case 'signal_awaited':
      return pause(step, event, 'signal');
    case 'approval_requested':
      return pause(step, event, 'approval');
    case 'task_unknown':
      return pause(step, event, 'effect');
    case 'effect_decided':
      return run(step, event);
    case 'timer_set':
      return timer === undefined ? step : pause(step, event, timer);
    case 'timer_fired':
      return timer === undefined ? step : run(step, event);
    default:
      return close(step, event);
  }
}

const isOpen = ({ status }: StepProgress): boolean => status === 'running' || status === 'waiting';

/** A step that had ended runs once more: the next iteration of its loop. */
function begin(step: StepProgress, { at, iteration }: LoggedEvent): StepProgress {
  if (isOpen(step)) return step;
  return { ...step, iteration, items: null, error: null, startedAt: at, finishedAt: null };
}

const run = (step: StepProgress, event: LoggedEvent): StepProgress => ({
  ...begin(step, event),
  status: 'running',
  waitReason: null,
});

const pause = (step: StepProgress, event: LoggedEvent, waitReason: string): StepProgress => ({
  ...begin(step, event),
  status: 'waiting',
  waitReason,
});

function close(step: StepProgress, event: LoggedEvent): StepProgress {
  const { type, at, data } = event;
  const closed = { ...begin(step, event), waitReason: null, finishedAt: at };
  switch (type) {
    case 'step_succeeded':
      return { ...closed, status: 'succeeded', output: member(data, 'output'), error: readError(data) };
    case 'step_failed':
      return { ...closed, status: 'failed', output: undefined, error: readError(data) };
    case 'step_skipped':
      return { ...closed, status: 'skipped', output: undefined, startedAt: null };
    case 'step_canceled':
      return { ...closed, status: 'canceled', output: undefined };
    default:
      return step;
  }
}

/** Items are many: they show in the count alone. */
function advanceItem(step: StepProgress, { type, index, data }: LoggedEvent): StepProgress {
  const isOutermost = index !== null && !index.includes('.');
  if (type === 'task_started') return { ...step, plugin: readPlugin(data) ?? step.plugin };
  if (step.items === null || !isOutermost || !ITEM_ENDS.has(type)) return step;
  const { total, done, failed } = step.items;
  return { ...step, items: { total, done: done + 1, failed: type === 'item_failed' ? failed + 1 : failed } };
}

const ITEM_ENDS: ReadonlySet<string> = new Set(['item_succeeded', 'item_failed', 'item_canceled']);

const COMPENSATION_STATUSES: Readonly<Record<string, Status>> = {
  compensation_started: 'running',
  compensation_succeeded: 'succeeded',
  compensation_failed: 'failed',
};

/** A step may have to be undone several times; one failure is what counts. */
function compensate(step: StepProgress, { type }: LoggedEvent): StepProgress {
  const status = COMPENSATION_STATUSES[type] ?? null;
  return status === null || step.compensation === 'failed' ? step : { ...step, compensation: status };
}

function startAttempt(step: StepProgress, { at, attempt, iteration }: LoggedEvent): StepProgress {
  const started = {
    number: attempt ?? step.attempts.length + 1,
    iteration,
    status: 'running',
    startedAt: at,
    finishedAt: null,
    error: null,
  } as const;
  return { ...step, attempts: [...step.attempts.slice(1 - MAX_ATTEMPTS), started] };
}

const ATTEMPT_ENDS: Readonly<Record<string, Status>> = {
  task_succeeded: 'succeeded',
  task_failed: 'failed',
  task_canceled: 'canceled',
};

function endAttempt(step: StepProgress, { type, at, data }: LoggedEvent): StepProgress {
  const last = step.attempts.at(-1);
  if (last === undefined || last.finishedAt !== null) return step;
  const ended = { ...last, status: ATTEMPT_ENDS[type] ?? last.status, finishedAt: at, error: readError(data) };
  return { ...step, attempts: [...step.attempts.slice(0, -1), ended] };
}

function readPlugin(data: unknown): PluginUse | null {
  const plugin = member(data, 'plugin');
  const name = readString(plugin, 'name');
  const version = readString(plugin, 'version');
  if (name === null || version === null) return null;
  return { name, version, integrity: readString(plugin, 'integrity') ?? '' };
}
