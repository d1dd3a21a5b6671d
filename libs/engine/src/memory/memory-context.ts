import { PlatformError } from '@ia-modules/plugin-sdk';
import type { DurableContext, Settled, TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import type { RunEvent } from '../run/events.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import type { MemoryClock } from './memory-clock.ts';

export type MemoryContextOptions = {
  readonly runId: string;
  readonly seed: number;
  readonly clock: MemoryClock;
  readonly executor: TaskExecutor;
  readonly onEvent: (event: RunEvent) => void;
};

export type MemoryContext = DurableContext & {
  readonly eventCount: number;
  requestCancel(reason: string | null): void;
  /** Aborts what still runs and drops the timers. */
  close(): void;
};

/** A context that keeps nothing: for the command line, dry runs and tests. */
export const createMemoryContext = (options: MemoryContextOptions): MemoryContext => {
  const { runId, seed, clock, executor, onEvent } = options;
  const queue: { readonly settled: Settled; readonly at: number }[] = [];
  const running = new Map<string, AbortController>();
  let wake: (() => void) | undefined;
  let now = clock.now();
  let eventCount = 0;

  const settle = (settled: Settled): void => {
    queue.push({ settled, at: clock.now() });
    wake?.();
  };

  const finish = (request: TaskRequest, controller: AbortController, settled: Settled): void => {
    if (running.get(request.key) !== controller) return;
    running.delete(request.key);
    settle(settled);
  };

  const execute = async (request: TaskRequest, controller: AbortController): Promise<void> => {
    const { key } = request;
    const timer = startTimeout(request, () => {
      finish(request, controller, { kind: 'task_failed', key, error: toRecordedError(timeoutError(request)) });
      controller.abort();
    });
    try {
      const output = await executor.execute(request, {
        signal: controller.signal,
        emitStarted: (started) => {
          if (running.get(key) === controller) settle({ kind: 'task_started', key, ...started });
        },
      });
      finish(request, controller, { kind: 'task_succeeded', key, output: output ?? null });
    } catch (error) {
      finish(request, controller, { kind: 'task_failed', key, error: toRecordedError(error) });
    } finally {
      clearTimeout(timer);
    }
  };

  const abort = (key: string): void => {
    const controller = running.get(key);
    running.delete(key);
    controller?.abort();
  };

  return {
    runId,
    seed,
    get eventCount() {
      return eventCount;
    },
    now: () => now,
    emit: (events) => {
      for (const event of events) {
        eventCount += 1;
        onEvent({ ...event, runId, seq: eventCount, at: now });
      }
    },
    task: (request) => {
      const controller = new AbortController();
      running.set(request.key, controller);
      void execute(request, controller);
    },
    cancelTask: abort,
    timer: (key, fireAt) => clock.schedule(key, fireAt, () => settle({ kind: 'timer_fired', key })),
    cancelTimer: (key) => clock.cancel(key),
    next: async () => {
      while (queue.length === 0) {
        if (running.size === 0 && clock.advance()) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      const entry = queue.shift();
      if (entry === undefined)
        throw new PlatformError({ code: 'IA_INTERNAL', message: 'The queue of settlements is empty.', fault: 'bug' });
      now = entry.at;
      return entry.settled;
    },
    requestCancel: (reason) => settle({ kind: 'cancel_requested', reason, by: null }),
    close: () => {
      for (const key of [...running.keys()]) abort(key);
      clock.close();
    },
  };
};

/** Work takes real time whatever the clock, so that its limit is real too. */
const startTimeout = (request: TaskRequest, onTimeout: () => void): NodeJS.Timeout | undefined =>
  request.timeoutMs === null ? undefined : setTimeout(onTimeout, Math.min(request.timeoutMs, 2 ** 31 - 1));

const timeoutError = (request: TaskRequest): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: `Attempt ${request.attempt} of step '${request.stepId}' did not end within ${request.timeoutMs} ms.`,
    disposition: 'timeout',
  });
