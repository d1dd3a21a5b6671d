import type { RunEvent, Status, WaitReason } from '@ia-modules/engine';

/** What events change in the row of their run; a null column stays as it is, except `waitReason` under a new status. */
export type RunChange = {
  readonly status: Status | null;
  readonly waitReason: WaitReason | null;
  readonly outputs: string | null;
  readonly error: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

const NO_CHANGE: RunChange = {
  status: null,
  waitReason: null,
  outputs: null,
  error: null,
  startedAt: null,
  finishedAt: null,
};

/** Folds the run's own events into one change of its row; events of steps change nothing there. */
export const toRunChange = (events: readonly RunEvent[]): RunChange => events.reduce(applyEvent, NO_CHANGE);

const applyEvent = (change: RunChange, event: RunEvent): RunChange => {
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
