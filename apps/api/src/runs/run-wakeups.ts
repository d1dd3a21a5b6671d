import type { Listener } from '@ia-modules/database';

/** Tells the subscribers of a run that its log grew. */
export type RunWakeups = {
  /** Starts to count wake-ups of a run; whatever is committed from here on is not missed. */
  watch(runId: string): RunWatch;
};

type RunWatch = {
  /** Resolves true once the log may have grown since the last call, false after `timeoutMs` or when the signal aborts. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  stop(): void;
};

class Watch implements RunWatch {
  readonly #stop: () => void;
  #isPending = false;
  #wake: (() => void) | null = null;

  constructor(stop: (watch: Watch) => void) {
    this.#stop = () => stop(this);
  }

  notify(): void {
    this.#isPending = true;
    this.#wake?.();
  }

  async wait(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#isPending && !signal.aborted) {
      const woken = Promise.withResolvers<void>();
      const wake = (): void => woken.resolve();
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
      await woken.promise;
      this.#wake = null;
      signal.removeEventListener('abort', wake);
      clearTimeout(timer);
    }
    const hasGrown = this.#isPending;
    this.#isPending = false;
    return hasGrown;
  }

  stop(): void {
    this.#stop();
  }
}

/**
 * Listens once for the whole process. A slow subscriber costs nothing: what grew is one flag, and the events are read
 * from the log when the subscriber comes for them.
 */
export const createRunWakeups = (listener: Listener): RunWakeups => {
  const watches = new Map<string, Set<Watch>>();
  const notify = (runId: string): void => {
    for (const watch of watches.get(runId) ?? []) watch.notify();
  };
  const notifyAll = (): void => {
    for (const runId of watches.keys()) notify(runId);
  };
  // What was committed before the connection was there, or while it was down, told nobody.
  listener
    .listen('run_events', (payload) => notify(payload.split(':')[1] ?? ''), notifyAll)
    .then(
      notifyAll,
      // Closed before it ever connected.
      () => undefined,
    );

  const stop = (runId: string, watch: Watch): void => {
    const group = watches.get(runId);
    group?.delete(watch);
    if (group?.size === 0) watches.delete(runId);
  };

  return {
    watch(runId) {
      const watch = new Watch((stopped) => stop(runId, stopped));
      const group = watches.get(runId) ?? new Set();
      watches.set(runId, group.add(watch));
      return watch;
    },
  };
};
