import { type ChildRequest, type RecordedError, toRecordedError } from '@ia-modules/engine';
import { childRunId } from '../children/child-run-id.ts';
import type { OutgoingCommand } from '../log/commit-group.ts';

/** Starts the runs of sub-pipelines. */
export type ChildStarter = {
  /** Resolves once the run is stored, or with why there is none. Asking again finds the same run. */
  start(request: ChildRequest, signal: AbortSignal): Promise<RecordedError | undefined>;
};

export type RunChildrenOptions = {
  readonly runId: string;
  readonly starter: ChildStarter;
  /** Sub-pipelines that were told to end, by a snapshot. */
  readonly canceled: readonly string[];
  /** Aborts when the run is given up: whoever goes on with it starts its sub-pipelines again. */
  readonly signal: AbortSignal;
  readonly isExpected: (request: ChildRequest) => boolean;
  readonly send: (command: OutgoingCommand) => void;
  readonly onFailed: (key: string, error: RecordedError) => void;
  /** Hears that a start is over, whatever came of it. */
  readonly onStarted: () => void;
};

/** The sub-pipelines of one run, which are runs of their own. */
export type RunChildren = {
  readonly canceled: readonly string[];
  readonly isStarting: boolean;
  /** Whether the sub-pipeline's run is known to be there: before that, somebody has to start it. */
  isStored(key: string): boolean;
  start(request: ChildRequest): void;
  /** Notes that a sub-pipeline is not needed any more; once the run is live it is told so. */
  cancel(key: string, isLive: boolean): void;
  /** Tells those again that were told before: nobody knows whether that was written. */
  goLive(): void;
  /** Resolves when no start is under way. */
  settled(): Promise<void>;
};

export const createRunChildren = (options: RunChildrenOptions): RunChildren => {
  const { runId, starter, signal, isExpected, send, onFailed, onStarted } = options;
  const canceled = new Set(options.canceled);
  const starting = new Set<Promise<void>>();
  const stored = new Set<string>();

  const sendCancel = (key: string): void =>
    send({ runId: childRunId(runId, key), kind: 'cancel', reason: 'The run above it needs it no more.' });

  const tryStart = async (request: ChildRequest): Promise<void> => {
    let error: RecordedError | undefined;
    try {
      error = await starter.start(request, signal);
    } catch (cause) {
      error = toRecordedError(cause);
    }
    if (signal.aborted) return;
    if (error !== undefined) onFailed(request.key, error);
    else if (isExpected(request)) stored.add(request.key);
    else sendCancel(request.key);
  };

  const track = async (start: Promise<void>): Promise<void> => {
    await start;
    starting.delete(start);
    if (!signal.aborted) onStarted();
  };

  return {
    get canceled() {
      return [...canceled];
    },
    get isStarting() {
      return starting.size > 0;
    },
    isStored: (key) => stored.has(key),
    start: (request) => {
      const start = tryStart(request);
      starting.add(start);
      void track(start);
    },
    cancel: (key, isLive) => {
      canceled.add(key);
      if (isLive) sendCancel(key);
    },
    goLive: () => {
      for (const key of canceled) sendCancel(key);
    },
    settled: async () => {
      await Promise.all(starting);
    },
  };
};
