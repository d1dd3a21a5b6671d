import { readList, readString } from '../definition/json-record.ts';
import { type LoggedEvent, member, readError, type ShownError, type Status } from './logged-event.ts';
import { advanceStep, type StepProgress, UNTOUCHED_STEP } from './step-progress.ts';

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
