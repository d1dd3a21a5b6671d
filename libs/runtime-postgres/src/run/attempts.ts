import {
  isNestedTooDeep,
  type Json,
  MAX_DEPTH,
  type Settled,
  type TaskExecutor,
  type TaskKey,
  type TaskLogLine,
  type TaskRequest,
  timeoutError,
  toRecordedError,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Clock } from './clock.ts';
import { createTimers } from './timers.ts';

type Started = Extract<Settled, { kind: 'task_started' }>;
type Ended = Extract<Settled, { kind: 'task_succeeded' | 'task_failed' }>;

/** A place among the attempts that a worker makes at the same moment, or in the line before them. */
export type Ticket = { leave(): void };

export type AttemptsOptions = {
  readonly executor: TaskExecutor;
  readonly clock: Clock;
  /** Finds a result that may be given instead of the work; only asked for what may have one. */
  readonly findResult: (request: TaskRequest) => Promise<Json | undefined>;
  /** Calls `begin`, once, when there is a place for one more attempt. */
  readonly enter: (begin: () => void) => Ticket;
  /** Resolves when the attempt may go on, its start being recorded where that matters. */
  readonly announce: (request: TaskRequest, started: Started) => Promise<void>;
  readonly settle: (settled: Ended, request: TaskRequest) => void;
  /** Takes a line that an attempt writes before it ends. */
  readonly log: (line: TaskLogLine, request: TaskRequest) => void;
};

export type Attempts = {
  dispatch(request: TaskRequest): void;
  /** Aborts an attempt, which settles no more. */
  abort(key: TaskKey): void;
  abortAll(): void;
};

type Running = {
  readonly request: TaskRequest;
  readonly controller: AbortController;
  ticket: Ticket | undefined;
  costUsd: number;
};

/** Works on the attempts of one run through its executor, each within its time limit. */
export const createAttempts = (options: AttemptsOptions): Attempts => {
  const { executor, clock, findResult, enter, announce } = options;
  const attempts = new Map<TaskKey, Running>();
  const deadlines = createTimers(clock, (key) => {
    const attempt = attempts.get(key);
    if (attempt === undefined) return;
    const error = timeoutError(attempt.request);
    end(attempt, { kind: 'task_failed', key, error, ...costOf(attempt) }, outOfTime());
  });

  const isCurrent = (attempt: Running): boolean => attempts.get(attempt.request.key) === attempt;

  /** The first outcome of an attempt counts, and whatever still works on it is told to stop. */
  const end = (attempt: Running, settled?: Ended, reason?: DOMException): void => {
    const { request } = attempt;
    if (!isCurrent(attempt)) return;
    attempts.delete(request.key);
    deadlines.disarm(request.key);
    if (settled !== undefined) options.settle(settled, request);
    attempt.controller.abort(reason);
    attempt.ticket?.leave();
  };

  const announceStart = async (attempt: Running, started: Started): Promise<void> => {
    if (isCurrent(attempt)) await announce(attempt.request, started);
    attempt.controller.signal.throwIfAborted();
  };

  const run = async (attempt: Running): Promise<void> => {
    const { request, controller } = attempt;
    const { key } = request;
    try {
      const output = await executor.execute(request, {
        signal: controller.signal,
        emitStarted: (start) => {
          const begun = announceStart(attempt, { kind: 'task_started', key, ...start });
          begun.catch(() => undefined); // whoever does not wait for it has nothing to undo
          return begun;
        },
        addCost: (usd) => {
          if (Number.isFinite(usd) && usd > 0) attempt.costUsd += usd;
        },
        log: (line) => {
          if (isCurrent(attempt)) options.log(line, request);
        },
      });
      end(attempt, { kind: 'task_succeeded', key, output: toRecordable(output), ...costOf(attempt) });
    } catch (error) {
      end(attempt, { kind: 'task_failed', key, error: toRecordedError(error), ...costOf(attempt) });
    }
  };

  const begin = (attempt: Running): void => {
    const { key, timeoutMs } = attempt.request;
    if (timeoutMs !== null) deadlines.arm(key, clock.now() + timeoutMs);
    void run(attempt);
  };

  const stand = (attempt: Running): void => {
    if (!isCurrent(attempt)) return;
    attempt.ticket = enter(() => {
      if (isCurrent(attempt)) begin(attempt);
    });
  };

  const useResultOrStand = async (attempt: Running): Promise<void> => {
    const { request } = attempt;
    const output = await findResult(request);
    if (output === undefined) stand(attempt);
    else end(attempt, { kind: 'task_succeeded', key: request.key, output, isCached: true });
  };

  const abort = (key: TaskKey): void => {
    const attempt = attempts.get(key);
    if (attempt !== undefined) end(attempt);
  };

  return {
    dispatch: (request) => {
      const attempt: Running = { request, controller: new AbortController(), ticket: undefined, costUsd: 0 };
      attempts.set(request.key, attempt);
      if (request.cache === null) stand(attempt);
      else useResultOrStand(attempt).catch(() => end(attempt)); // the worker's term is over, and the run's stay here
    },
    abort,
    abortAll: () => {
      for (const key of attempts.keys()) abort(key);
    },
  };
};

const costOf = ({ costUsd }: Running): { readonly costUsd?: number } => (costUsd === 0 ? {} : { costUsd });

const outOfTime = (): DOMException => new DOMException('The time of the attempt is over.', 'TimeoutError');

/** Brings an output to exactly what a replay will read from the log. */
const toRecordable = (output: Json): Json => {
  // Whoever reads the log later, writes JSON or evaluates an expression over it, would run out of stack.
  if (typeof output === 'object' && output !== null && isNestedTooDeep(output)) throw tooDeep();
  const text = JSON.stringify(output) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
};

const tooDeep = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_FAILED',
    message: `The output is nested more than ${MAX_DEPTH} levels deep.`,
    fault: 'plugin',
  });
