import type { DurableContext, Settled, TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import type { EventDraft, RunEvent } from '../run/events.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import { timeoutError } from '../run/timeout-error.ts';
import type { MemoryClock } from './memory-clock.ts';

export type MemoryContextOptions = {
  readonly runId: string;
  readonly seed: number;
  readonly clock: MemoryClock;
  readonly executor: TaskExecutor;
  readonly onEvent: (event: RunEvent) => void;
};

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A context that keeps nothing: for the command line, dry runs and tests. */
export class MemoryContext implements DurableContext {
  readonly runId: string;
  readonly seed: number;
  readonly #clock: MemoryClock;
  readonly #executor: TaskExecutor;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #running = new Map<string, AbortController>();
  #queue: { readonly settled: Settled; readonly at: number }[] = [];
  #queueHead = 0;
  #wake: (() => void) | undefined;
  #now: number;
  #eventCount = 0;

  constructor(options: MemoryContextOptions) {
    this.runId = options.runId;
    this.seed = options.seed;
    this.#clock = options.clock;
    this.#executor = options.executor;
    this.#onEvent = options.onEvent;
    this.#now = options.clock.now();
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  now(): number {
    return this.#now;
  }

  emit(events: readonly EventDraft[]): void {
    for (const event of events) {
      this.#eventCount += 1;
      this.#onEvent({ ...event, runId: this.runId, seq: this.#eventCount, at: this.#now });
    }
  }

  task(request: TaskRequest): void {
    const controller = new AbortController();
    this.#running.set(request.key, controller);
    void this.#execute(request, controller);
  }

  cancelTask(key: string): void {
    const controller = this.#running.get(key);
    this.#running.delete(key);
    controller?.abort();
  }

  timer(key: string, fireAt: number): void {
    this.#clock.schedule(key, fireAt, () => this.#settle({ kind: 'timer_fired', key }));
  }

  cancelTimer(key: string): void {
    this.#clock.cancel(key);
  }

  async next(): Promise<Settled> {
    for (;;) {
      const entry = this.#queue[this.#queueHead];
      if (entry !== undefined) {
        this.#queueHead += 1;
        if (this.#queueHead === this.#queue.length) {
          this.#queue = [];
          this.#queueHead = 0;
        }
        this.#now = entry.at;
        return entry.settled;
      }
      if (this.#running.size === 0 && this.#clock.advance()) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  requestCancel(reason: string | null): void {
    this.#settle({ kind: 'cancel_requested', reason, by: null });
  }

  /** Aborts what still runs and drops the timers. */
  close(): void {
    for (const key of this.#running.keys()) this.cancelTask(key);
    this.#clock.close();
  }

  #settle(settled: Settled): void {
    this.#queue.push({ settled, at: this.#clock.now() });
    this.#wake?.();
  }

  async #execute(request: TaskRequest, controller: AbortController): Promise<void> {
    const { key } = request;
    const timer = this.#startTimeout(request, controller);
    try {
      const output = await this.#executor.execute(request, {
        signal: controller.signal,
        emitStarted: (started) => {
          if (this.#running.get(key) === controller) this.#settle({ kind: 'task_started', key, ...started });
        },
      });
      this.#finish(controller, { kind: 'task_succeeded', key, output: output ?? null });
    } catch (error) {
      this.#finish(controller, { kind: 'task_failed', key, error: toRecordedError(error) });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Work takes real time whatever the clock, so that its limit is real too. */
  #startTimeout(request: TaskRequest, controller: AbortController): NodeJS.Timeout | undefined {
    if (request.timeoutMs === null) return undefined;
    const onTimeout = (): void => {
      this.#finish(controller, { kind: 'task_failed', key: request.key, error: timeoutError(request) });
      controller.abort();
    };
    return setTimeout(onTimeout, Math.min(request.timeoutMs, MAX_TIMEOUT_MS));
  }

  /** What settles after its attempt was canceled or ran out of time is dropped. */
  #finish(controller: AbortController, settled: Extract<Settled, { readonly key: string }>): void {
    if (this.#running.get(settled.key) !== controller) return;
    this.#running.delete(settled.key);
    this.#settle(settled);
  }
}
