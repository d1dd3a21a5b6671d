import { isRecord, readList, readString } from '../definition/json-record.ts';

export type Status = 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'canceled' | 'skipped';

/** An entry of a run's log as the API delivers it. */
export type LoggedEvent = Readonly<{
  seq: number;
  at: string;
  type: string;
  stepId: string | null;
  iteration: string | null;
  index: string | null;
  attempt: number | null;
  data: unknown;
  cursor: string;
}>;

export type ShownError = Readonly<{ code: string; message: string; hint: string | null }>;
export type AttemptProgress = Readonly<{
  number: number;
  status: Status;
  startedAt: string;
  finishedAt: string | null;
  error: ShownError | null;
}>;
export type PluginUse = Readonly<{ name: string; version: string; integrity: string }>;
export type StepProgress = Readonly<{
  status: Status;
  input: unknown;
  output: unknown;
  error: ShownError | null;
  attempts: readonly AttemptProgress[];
  plugin: PluginUse | null;
  startedAt: string | null;
  finishedAt: string | null;
}>;

/** What a run's events say so far. */
export type RunProgress = Readonly<{
  status: Status | null;
  waitReason: string | null;
  error: ShownError | null;
  outputs: unknown;
  steps: ReadonlyMap<string, StepProgress>;
  /** The steps that each branching step went on to. */
  branches: ReadonlyMap<string, ReadonlySet<string>>;
  lastSeq: number;
}>;

export const NO_PROGRESS: RunProgress = {
  status: null,
  waitReason: null,
  error: null,
  outputs: null,
  steps: new Map(),
  branches: new Map(),
  lastSeq: 0,
};

const UNTOUCHED_STEP: StepProgress = {
  status: 'pending',
  input: undefined,
  output: undefined,
  error: null,
  attempts: [],
  plugin: null,
  startedAt: null,
  finishedAt: null,
};

export const isFinished = (status: string | null): boolean =>
  status === 'succeeded' || status === 'failed' || status === 'canceled';

/** Folds newly arrived events into a run's progress; an event that was seen before changes nothing. */
export function advance(progress: RunProgress, events: readonly LoggedEvent[]): RunProgress {
  const steps = new Map(progress.steps);
  const branches = new Map(progress.branches);
  let run: RunProgress = progress;
  for (const event of events) {
    if (event.seq <= run.lastSeq) continue;
    run = { ...advanceRun(run, event), lastSeq: event.seq };
    if (event.stepId === null) continue;
    if (event.type === 'branch_chosen') addBranches(branches, event.stepId, event.data);
    steps.set(event.stepId, advanceStep(steps.get(event.stepId) ?? UNTOUCHED_STEP, event));
  }
  return { ...run, steps, branches };
}

function advanceRun(run: RunProgress, { type, data }: LoggedEvent): RunProgress {
  switch (type) {
    case 'run_started':
    case 'run_resumed':
      return { ...run, status: 'running', waitReason: null };
    case 'run_waiting':
      return { ...run, status: 'waiting', waitReason: readString(data, 'reason') };
    case 'run_succeeded':
      return { ...run, status: 'succeeded', waitReason: null, outputs: member(data, 'outputs') };
    case 'run_failed':
      return { ...run, status: 'failed', waitReason: null, error: readError(data) };
    case 'run_canceled':
      return { ...run, status: 'canceled', waitReason: null };
    default:
      return run;
  }
}

function advanceStep(step: StepProgress, event: LoggedEvent): StepProgress {
  const { type, at, data } = event;
  switch (type) {
    case 'task_scheduled':
      return { ...step, status: 'running', input: member(data, 'input'), startedAt: step.startedAt ?? at };
    case 'task_started':
      return {
        ...startAttempt(step, event),
        status: 'running',
        plugin: readPlugin(data) ?? step.plugin,
        startedAt: step.startedAt ?? at,
      };
    case 'task_succeeded':
    case 'task_failed':
    case 'task_canceled':
      return { ...endAttempt(step, event), plugin: readPlugin(data) ?? step.plugin };
    case 'task_retry_scheduled':
      return { ...step, status: 'waiting' };
    case 'timer_set':
      return isTimeout(data) ? step : { ...step, status: 'waiting', startedAt: step.startedAt ?? at };
    case 'timer_fired':
      return isTimeout(data) ? step : { ...step, status: 'running' };
    default:
      return closeStep(step, event);
  }
}

/** A timeout's timer runs beside its step; the others hold their step up. */
const isTimeout = (data: unknown): boolean => readString(data, 'purpose') === 'timeout';

function closeStep(step: StepProgress, { type, at, data }: LoggedEvent): StepProgress {
  switch (type) {
    case 'step_succeeded':
      return {
        ...step,
        status: 'succeeded',
        output: member(data, 'output'),
        error: readError(data),
        startedAt: step.startedAt ?? at,
        finishedAt: at,
      };
    case 'step_failed':
      return { ...step, status: 'failed', error: readError(data), startedAt: step.startedAt ?? at, finishedAt: at };
    case 'step_skipped':
      return { ...step, status: 'skipped', finishedAt: at };
    case 'step_canceled':
      return { ...step, status: 'canceled', finishedAt: at };
    default:
      return step;
  }
}

function startAttempt(step: StepProgress, { at, attempt }: LoggedEvent): StepProgress {
  const started = {
    number: attempt ?? step.attempts.length + 1,
    status: 'running',
    startedAt: at,
    finishedAt: null,
    error: null,
  } as const;
  return { ...step, attempts: [...step.attempts, started] };
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

function addBranches(branches: Map<string, ReadonlySet<string>>, stepId: string, data: unknown): void {
  const targets = readList(data, 'taken').filter((target) => typeof target === 'string');
  branches.set(stepId, new Set([...(branches.get(stepId) ?? []), ...targets]));
}

/** Tells whether a run went from one step to another. */
export function isTaken({ steps, branches }: RunProgress, from: string, to: string): boolean {
  const chosen = branches.get(from);
  if (chosen !== undefined) return chosen.has(to);
  const target = steps.get(to)?.status ?? 'pending';
  return steps.get(from)?.status === 'succeeded' && target !== 'pending' && target !== 'skipped';
}

function readError(data: unknown): ShownError | null {
  const error = member(data, 'error');
  const message = readString(error, 'message');
  if (message === null) return null;
  return { code: readString(error, 'code') ?? '', message, hint: readString(error, 'hint') };
}

function readPlugin(data: unknown): PluginUse | null {
  const plugin = member(data, 'plugin');
  const name = readString(plugin, 'name');
  const version = readString(plugin, 'version');
  if (name === null || version === null) return null;
  return { name, version, integrity: readString(plugin, 'integrity') ?? '' };
}

const member = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);
