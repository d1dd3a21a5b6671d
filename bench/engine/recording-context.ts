import type { DurableContext, EventDraft } from '@ia-modules/engine';

export type RecordingOptions = {
  /** Whether the log is kept, or only counted. */
  readonly keepsEvents: boolean;
  /** Called when the run has ended, while its state is still held. */
  readonly onEnd?: () => void;
};

export type RecordingContext = DurableContext & {
  readonly events: readonly EventDraft[];
  readonly counts: { events: number; lastType: string };
};

const never = (): never => {
  throw new Error('A pipeline that only does nothing needs nothing from outside.');
};

/**
 * A context for pipelines of the core's own steps: it takes events, and fires the timer that parts very long decisions at once, so
 * that the core alone is measured.
 */
export const createRecordingContext = ({ keepsEvents, onEnd }: RecordingOptions): RecordingContext => {
  const events: EventDraft[] = [];
  const counts = { events: 0, lastType: '' };
  const due: string[] = [];
  return {
    runId: 'bench',
    seed: 1,
    events,
    counts,
    now: () => 0,
    emit: (batch) => {
      if (keepsEvents) for (const event of batch) events.push(event);
      counts.events += batch.length;
      counts.lastType = batch.at(-1)?.type ?? counts.lastType;
      if (counts.lastType === 'run_succeeded' || counts.lastType === 'run_failed') onEnd?.();
    },
    task: never,
    child: never,
    cancelTask: never,
    timer: (key) => due.push(key),
    cancelTimer: never,
    acquire: never,
    release: never,
    consult: never,
    reward: never,
    next: async () => {
      const key = due.shift();
      return key === undefined ? never() : { kind: 'timer_fired', key };
    },
  };
};
