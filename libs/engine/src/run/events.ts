import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { WaitReason } from './status.ts';

/** An error as it is recorded in a log: safe to show, without stack or cause. */
export type RecordedError = {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly details?: JsonObject;
};

/** What ran an attempt, so that a run can be traced back to the tarball it used. `integrity` is an SRI sha512. */
export type PluginReference = { readonly name: string; readonly version: string; readonly integrity: string };

/** A person's answer to an approval, as it came in. */
export type ApprovalDecision = {
  readonly decision: 'approve' | 'reject';
  /** Who decides, by the user's id: one person votes once. */
  readonly by: string;
  /** Of the same person: an assignee may be named by it, in whichever case. */
  readonly email?: string;
  readonly roles: readonly string[];
  /** What was filled into the approval's form. */
  readonly values?: JsonObject;
  readonly comment?: string;
};

/** What a person says of an attempt whose outcome nobody knew. */
export type EffectDecision = {
  /** Make it again; it was done; give it up. */
  readonly decision: 'repeat' | 'confirm' | 'fail';
  /** What it gave, of one that is confirmed. @default null */
  readonly output?: Json;
  readonly by: string | null;
};

/** What an adaptive router has learnt of one way: how often it was taken and what it earned in all. */
export type ArmStatistics = { readonly pulls: number; readonly reward: number };

/** What a debugger may ask a run to do. */
export type DebugCommand =
  | { readonly kind: 'set_breakpoints'; readonly steps: readonly string[]; readonly transitions: readonly string[] }
  | { readonly kind: 'continue' }
  /** Activates one more step, then stops again. */
  | { readonly kind: 'step_over' }
  /** `parameters.x.y`, `steps.id.output.z[0]` or `steps['id'].output['a key']`. */
  | { readonly kind: 'set_variable'; readonly path: string; readonly value: Json }
  /** The step then ends with this instead of being run; null takes the mock back. */
  | { readonly kind: 'mock'; readonly stepId: string; readonly result: MockResult | null };
/** How a mocked step ends. */
export type MockResult = { readonly output: Json } | { readonly error: RecordedError };

/** How a run is watched and bent from its beginning; transitions are named `from->to`. */
export type DebugSetup = {
  readonly breakpoints?: { readonly steps: readonly string[]; readonly transitions: readonly string[] };
  readonly mocks?: Readonly<Record<string, MockResult>>;
  /** Inputs in place of what `with` gives, by step. */
  readonly inputs?: Readonly<Record<string, JsonObject>>;
};

/** What a fork changes when it comes to the step from which on it goes its own way. */
export type ForkPoint = {
  readonly stepId: string;
  /** Which execution of the step, in loops. */
  readonly iteration?: string;
  /** In place of what the step's `with` gives, in this execution. */
  readonly input?: JsonObject;
  /** Other values, by path as in `set_variable`. */
  readonly variables?: Readonly<Record<string, Json>>;
  /** What is watched and mocked from here on. */
  readonly debug?: DebugSetup;
};

/** `breath` parts the decisions of a run that has very much to do at once. */
export type TimerPurpose = 'retry' | 'wait' | 'timeout' | 'breath' | 'step_timeout' | 'deadline' | 'escalation';
export type BudgetKind = 'cost' | 'duration';

/** How a run is about to end, once its compensations and last hooks are done. */
export type RunEnding =
  | { readonly kind: 'succeeded'; readonly outputs: JsonObject }
  | { readonly kind: 'failed'; readonly error: RecordedError }
  | { readonly kind: 'canceled'; readonly reason: string | null };

/** One step execution that was undone, or could not be. */
export type Compensation = {
  readonly stepId: string;
  readonly iteration?: string;
  readonly index?: string;
  readonly status: 'succeeded' | 'failed';
  readonly error?: RecordedError;
};

/** Every event of a run's log with its payload: the one table of names. */
export type EventData = {
  run_started: {
    readonly parameters: JsonObject;
    readonly trigger: JsonObject;
    readonly pipeline: JsonObject;
    readonly debug?: DebugSetup;
    /** Which run this one repeats, up to which of its events; the points are its own and those of the forks that it repeats. */
    readonly fork?: {
      readonly runId: string;
      readonly seq: number;
      readonly points: readonly ForkPoint[];
      /** The seed that both runs have. */
      readonly seed?: number;
    };
    /** Nesting of sub-pipelines; absent for a run of its own. */
    readonly depth?: number;
  };
  run_waiting: { readonly reason: WaitReason };
  run_resumed: Record<string, never>;
  run_ending: RunEnding & { readonly compensates: boolean };
  run_succeeded: { readonly outputs: JsonObject };
  run_failed: { readonly error: RecordedError; readonly compensations?: readonly Compensation[] };
  run_canceled: { readonly reason: string | null; readonly compensations?: readonly Compensation[] };
  cancel_requested: { readonly reason: string | null; readonly by: string | null };
  pause_requested: { readonly by: string | null };
  resume_requested: { readonly by: string | null };
  budget_exceeded: { readonly kind: BudgetKind; readonly limit: number; readonly actual: number };
  /** New limits: US dollars, milliseconds since the run's start. */
  budget_raised: { readonly maxCostUsd?: number; readonly maxDurationMs?: number; readonly by: string | null };
  /** `delivery` tells doubles apart: the same one counts once. */
  signal_received: { readonly name: string; readonly payload: Json; readonly delivery?: string };
  signal_awaited: { readonly name: string };
  debug_command: { readonly command: DebugCommand };
  breakpoint_hit: { readonly transition?: string; readonly isStep?: boolean };
  fork_reached: Omit<ForkPoint, 'stepId' | 'iteration'>;
  task_scheduled: { readonly uses: string; readonly input: Json };
  task_started: { readonly worker?: string; readonly plugin?: PluginReference };
  task_succeeded: { readonly output: Json; readonly costUsd?: number; readonly isCached?: boolean };
  task_failed: { readonly error: RecordedError; readonly costUsd?: number };
  /** Nobody knows what became of the attempt. Without an error, its worker was lost: then it does not count as one. */
  task_unknown: { readonly error?: RecordedError; readonly costUsd?: number };
  effect_decided: EffectDecision;
  task_canceled: { readonly reason: string };
  task_retry_scheduled: { readonly delayMs: number; readonly error: RecordedError };
  step_succeeded: { readonly output: Json; readonly error?: RecordedError; readonly isMocked?: boolean };
  step_failed: { readonly error: RecordedError };
  step_skipped: Record<string, never>;
  step_canceled: { readonly reason: string };
  /** The step's work is done; conditions of its transitions are still asked for. */
  routing_started: { readonly output?: Json; readonly error?: RecordedError; readonly canFallBack: boolean };
  branch_chosen: {
    readonly taken: readonly string[];
    readonly dead: readonly string[];
    /** Which of the step's transitions are taken, counted from 0, where several lead to one target. */
    readonly positions?: readonly number[];
    /** Of an adaptive router: the probability of each way it could take, and what told situations apart. */
    readonly odds?: Readonly<Record<string, number>>;
    readonly context?: string;
  };
  router_consulted: { readonly context: string; readonly arms: Readonly<Record<string, ArmStatistics>> };
  router_rewarded: { readonly to: string; readonly reward: number; readonly context: string };
  map_started: { readonly items: readonly Json[] };
  item_succeeded: { readonly output: Json };
  item_failed: { readonly error: RecordedError };
  item_canceled: { readonly reason: string };
  loop_iterated: Record<string, never>;
  loop_ended: { readonly iterations: number };
  slot_requested: { readonly key: string; readonly limit: number };
  /** All places were taken: from here on the activity waits. */
  slot_delayed: Record<string, never>;
  slot_acquired: Record<string, never>;
  approval_requested: JsonObject;
  approval_decided: ApprovalDecision & { readonly refusal?: string };
  approval_escalated: { readonly assignees: readonly string[] };
  compensation_started: Record<string, never>;
  compensation_succeeded: { readonly output: Json };
  compensation_failed: { readonly error: RecordedError };
  timer_set: { readonly fireAt: number; readonly purpose: TimerPurpose };
  timer_fired: { readonly purpose: TimerPurpose };
};
/** The name of an event; new ones may come, so that whoever reads a log passes over those that it does not know. */
export type EventType = keyof EventData;

/** An event before its context has given it a place in the log. */
export type EventDraft = {
  [T in EventType]: {
    readonly type: T;
    readonly stepId?: string;
    /** Loop counts, outermost first, joined by dots (`2.1`); absent outside loops. */
    readonly iteration?: string;
    /** Item index of a mapped step, dotted when nested. */
    readonly index?: string;
    /** From 1. */
    readonly attempt?: number;
    /** What of the step this is about when it is not its own work: `validate/0`, `condition/2`, `compensate`, `hook/0/3`. */
    readonly part?: string;
    readonly data: EventData[T];
  };
}[EventType];

/** An event in the log. `seq` counts from 1 without gaps within a run; `at` is in epoch milliseconds. */
export type RunEvent = EventDraft & { readonly runId: string; readonly seq: number; readonly at: number };
