import type { ContributionKind, Json, JsonObject } from '@ia-modules/plugin-sdk';
import type {
  ApprovalDecision,
  ArmStatistics,
  DebugCommand,
  EffectDecision,
  EventDraft,
  PluginReference,
  RecordedError,
} from '../run/events.ts';

/** `stepId#iteration/index`, then `@attempt` and `:part`: results are journaled under this key, never by call order. */
export type TaskKey = string;

/** What kind of contribution an attempt calls; each has its own shape of input and output. */
export type TaskKind = ContributionKind | 'compensation';

/** Where a secret stands in an input, whose recorded form shows `***` there. */
export type SecretSlot = {
  readonly path: readonly (string | number)[];
  /** The text's parts in order; a secret is named, never held. */
  readonly parts: readonly (string | { readonly secret: string })[];
};

/** What happens when an attempt was sent and nobody knows what became of it: it is made again, people are asked, or it fails. */
export type OnUnknown = 'repeat' | 'ask' | 'fail';

/** One attempt that the executor shall make. */
export type TaskRequest = {
  readonly key: TaskKey;
  readonly kind: TaskKind;
  readonly stepId: string;
  /** `2.1` inside loops, else empty. */
  readonly iteration: string;
  /** Item index of a mapped step, else empty. */
  readonly index: string;
  readonly uses: string;
  /**
   * A step's `with`, templates resolved. Others get an object: transforms and validators `{value, config}`, conditions
   * `{config, parameters, step}`, hooks `{event, config}`, reporters `{events, config}`, exporters `{points, config}`, with their own
   * `with` as `config`.
   */
  readonly input: Json;
  readonly secrets: readonly SecretSlot[];
  readonly attempt: number;
  /** Stable over attempts: `runId/stepId/iteration/index`, with the part at its end when it is not the step's own work. */
  readonly idempotencyKey: string;
  /** Wall-clock limit of this attempt; the context enforces it and settles with a `TimeoutError`. */
  readonly timeoutMs: number | null;
  /** A result under this key that is younger than its time to live may be given instead of the work. */
  readonly cache: { readonly key: string; readonly ttlMs: number } | null;
  /**
   * With `repeat`, a context whose worker was lost makes the attempt again under its own key. With anything else, it settles as
   * `task_unknown` when its start was recorded and its end was not.
   */
  readonly onUnknown: OnUnknown;
};

/** A sub-pipeline that shall run; it settles as a task does, with its outputs or its error. */
export type ChildRequest = {
  readonly key: TaskKey;
  readonly stepId: string;
  readonly pipeline: string;
  readonly range: string;
  readonly parameters: JsonObject;
  /** Nesting of the child: 1 below a run of its own. */
  readonly depth: number;
  readonly maxDepth: number;
};

/** A place under a concurrency limit. `key` is the activity that asks; `slot` is what the limit is counted by. */
export type SlotRequest = { readonly key: TaskKey; readonly slot: string; readonly limit: number };

/** Asks what an adaptive router has learnt in earlier runs. */
export type RouterQuery = { readonly key: TaskKey; readonly stepId: string; readonly context: string };
/** What one choice of an adaptive router has earned; higher is better. */
export type RouterReward = {
  readonly stepId: string;
  readonly context: string;
  readonly to: string;
  readonly reward: number;
};

/** What people and other systems may tell a run. */
export type RunCommand =
  | { readonly kind: 'cancel_requested'; readonly reason: string | null; readonly by: string | null }
  | { readonly kind: 'pause_requested'; readonly by: string | null }
  | { readonly kind: 'resume_requested'; readonly by: string | null }
  | {
      readonly kind: 'budget_raised';
      readonly maxCostUsd?: number;
      readonly maxDurationMs?: number;
      readonly by: string | null;
    }
  | { readonly kind: 'signal_received'; readonly name: string; readonly payload: Json; readonly delivery?: string }
  /** `key` is the approval's activity, `stepId#iteration/index`, or the step's id alone when only one can be meant. */
  | ({ readonly kind: 'approval_decided'; readonly key: string } & ApprovalDecision)
  /**
   * Says what became of an attempt of which nobody knew: `key` is the attempt's task key, its activity, or the step's id alone when
   * only one can be meant.
   */
  | ({ readonly kind: 'effect_decided'; readonly key: string } & EffectDecision)
  | { readonly kind: 'debug_command'; readonly command: DebugCommand };

/** What a context reports back, in the recorded order of completion. */
export type Settled =
  | {
      readonly kind: 'task_started';
      readonly key: TaskKey;
      readonly worker?: string;
      readonly plugin?: PluginReference;
    }
  | {
      readonly kind: 'task_succeeded';
      readonly key: TaskKey;
      readonly output: Json;
      readonly costUsd?: number;
      readonly isCached?: boolean;
    }
  | {
      readonly kind: 'task_failed';
      readonly key: TaskKey;
      readonly error: RecordedError;
      readonly costUsd?: number;
    }
  /** It was sent, and its outcome is lost: with its worker, unless an error says how. */
  | {
      readonly kind: 'task_unknown';
      readonly key: TaskKey;
      readonly error?: RecordedError;
      readonly costUsd?: number;
    }
  | { readonly kind: 'timer_fired'; readonly key: TaskKey }
  | { readonly kind: 'slot_delayed' | 'slot_acquired'; readonly key: TaskKey }
  | {
      readonly kind: 'router_consulted';
      readonly key: TaskKey;
      readonly context: string;
      readonly arms: Readonly<Record<string, ArmStatistics>>;
    }
  | RunCommand;

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
  /** Starts a sub-pipeline; it settles through `next` like a task. */
  child(request: ChildRequest): void;
  /** Aborts an attempt or sub-pipeline that has not settled: it never settles afterwards. */
  cancelTask(key: TaskKey): void;
  /** Settles through `next` at `fireAt` (epoch milliseconds). */
  timer(key: TaskKey, fireAt: number): void;
  cancelTimer(key: TaskKey): void;
  /**
   * Settles with `slot_acquired` as soon as fewer than `limit` activities hold the slot, in the order of asking; when that is not at
   * once, with `slot_delayed` before.
   */
  acquire(request: SlotRequest): void;
  /** Gives a slot back, or stops waiting for it. */
  release(key: TaskKey): void;
  /** Settles with `router_consulted`. */
  consult(query: RouterQuery): void;
  /** Adds to what routers have learnt. */
  reward(reward: RouterReward): void;
  /** The next settlement in the recorded order of completion. Rejects with `IA_RUNTIME_STOPPED` when the context gives the run up (shutdown, lost lease); the interpreter then unwinds. */
  next(): Promise<Settled>;
};
