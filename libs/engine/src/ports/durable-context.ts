import type { Json } from '@ia-modules/plugin-sdk';
import type { EventDraft, PluginReference, RecordedError } from '../run/events.ts';

/** `stepId#iteration/index`, then `@attempt`: results are journaled under this key, never by call order. */
export type TaskKey = string;

/** One attempt that the executor shall make. */
export type TaskRequest = {
  readonly key: TaskKey;
  readonly stepId: string;
  readonly uses: string;
  /** The step's `with`, templates resolved. */
  readonly input: Json;
  readonly attempt: number;
  /** Stable over attempts: `runId/stepId/iteration/index`. */
  readonly idempotencyKey: string;
  /** Wall-clock limit of this attempt; the context enforces it and settles with a `TimeoutError`. */
  readonly timeoutMs: number | null;
};

/** What a context reports back, in the recorded order of completion. */
export type Settled =
  | {
      readonly kind: 'task_started';
      readonly key: TaskKey;
      readonly worker?: string;
      readonly plugin?: PluginReference;
    }
  | { readonly kind: 'task_succeeded'; readonly key: TaskKey; readonly output: Json }
  | { readonly kind: 'task_failed'; readonly key: TaskKey; readonly error: RecordedError }
  | { readonly kind: 'timer_fired'; readonly key: TaskKey }
  | { readonly kind: 'cancel_requested'; readonly reason: string | null; readonly by: string | null };

/**
 * The only door through which the interpreter touches the world: no Date, no Math.random, no Promise.race behind it.
 * A durable adapter records what passes and, after a crash, plays it back in the recorded order.
 */
export type DurableContext = {
  readonly runId: string;
  /** Epoch milliseconds of the settlement (or start) being handled; the same on every replay. */
  now(): number;
  /** A random 32-bit seed of the run, recorded: jitter and routers derive from it. */
  readonly seed: number;
  /** Appends events in order; what follows them (a started task, a settlement) is never visible before they are. On replay they are compared with the log. */
  emit(events: readonly EventDraft[]): void;
  /** Schedules an attempt; it settles through `next`. */
  task(request: TaskRequest): void;
  /** Aborts an attempt that has not settled: it never settles afterwards. */
  cancelTask(key: TaskKey): void;
  /** Settles through `next` at `fireAt` (epoch milliseconds). */
  timer(key: TaskKey, fireAt: number): void;
  cancelTimer(key: TaskKey): void;
  /** The next settlement in the recorded order of completion. Rejects with `IA_RUNTIME_STOPPED` when the context gives the run up (shutdown, lost lease); the interpreter then unwinds. */
  next(): Promise<Settled>;
};
