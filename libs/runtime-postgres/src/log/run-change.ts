import type { Status, WaitReason } from '@ia-modules/engine';
import type { StoredEvent } from './event-log.ts';

/** What events change in the row of their run; a null column stays as it is, except `waitReason` under a new status. */
export type RunChange = {
  readonly status: Status | null;
  readonly waitReason: WaitReason | null;
  readonly outputs: string | null;
  readonly error: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** What the attempts that ended have cost, in US dollars. */
  readonly costUsd: number;
};

const NO_CHANGE: RunChange = {
  status: null,
  waitReason: null,
  outputs: null,
  error: null,
  startedAt: null,
  finishedAt: null,
  costUsd: 0,
};

/** Folds the run's own events into one change of its row; of its steps' events only their cost counts there. */
export const toRunChange = (events: readonly StoredEvent[]): RunChange => events.reduce(applyEvent, NO_CHANGE);

/** Two changes in a row as one. */
export const mergeChanges = (earlier: RunChange, later: RunChange): RunChange => ({
  status: later.status ?? earlier.status,
  waitReason: later.status === null ? earlier.waitReason : later.waitReason,
  outputs: later.outputs ?? earlier.outputs,
  error: later.error ?? earlier.error,
  startedAt: earlier.startedAt ?? later.startedAt,
  finishedAt: later.finishedAt ?? earlier.finishedAt,
  costUsd: earlier.costUsd + later.costUsd,
});

const applyEvent = (change: RunChange, event: StoredEvent): RunChange => {
  const at = new Date(event.at);
  switch (event.type) {
    case 'run_started':
      return { ...change, status: 'running', startedAt: at };
    case 'run_waiting':
      return { ...change, status: 'waiting', waitReason: event.data.reason };
    case 'run_resumed':
      return { ...change, status: 'running', waitReason: null };
    case 'run_succeeded':
      return { ...finished(change, 'succeeded', at), outputs: JSON.stringify(event.data.outputs) };
    case 'run_failed':
      return { ...finished(change, 'failed', at), error: JSON.stringify(event.data.error) };
    case 'run_canceled':
      return finished(change, 'canceled', at);
    case 'task_succeeded':
    case 'task_failed':
      return event.data.costUsd === undefined ? change : { ...change, costUsd: change.costUsd + event.data.costUsd };
    default:
      return change;
  }
};

const finished = (change: RunChange, status: Status, at: Date): RunChange => ({
  ...change,
  status,
  waitReason: null,
  finishedAt: at,
});
