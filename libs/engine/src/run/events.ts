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

/** Every event of a run's log with its payload: the one table of names. */
export type EventData = {
  run_started: { readonly parameters: JsonObject; readonly trigger: JsonObject; readonly pipeline: JsonObject };
  run_waiting: { readonly reason: WaitReason };
  run_resumed: Record<string, never>;
  run_succeeded: { readonly outputs: JsonObject };
  run_failed: { readonly error: RecordedError };
  run_canceled: { readonly reason: string | null };
  cancel_requested: { readonly reason: string | null; readonly by: string | null };
  task_scheduled: { readonly uses: string; readonly input: Json };
  task_started: { readonly worker?: string; readonly plugin?: PluginReference };
  task_succeeded: { readonly output: Json };
  task_failed: { readonly error: RecordedError };
  task_canceled: { readonly reason: string };
  task_retry_scheduled: { readonly delayMs: number; readonly error: RecordedError };
  step_succeeded: { readonly output: Json; readonly error?: RecordedError };
  step_failed: { readonly error: RecordedError };
  step_skipped: Record<string, never>;
  step_canceled: { readonly reason: string };
  branch_chosen: { readonly taken: readonly string[]; readonly dead: readonly string[] };
  timer_set: { readonly fireAt: number; readonly purpose: 'retry' | 'wait' | 'timeout' };
  timer_fired: { readonly purpose: 'retry' | 'wait' | 'timeout' };
};
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
    readonly data: EventData[T];
  };
}[EventType];

/** An event in the log. `seq` counts from 1 without gaps within a run; `at` is in epoch milliseconds. */
export type RunEvent = EventDraft & { readonly runId: string; readonly seq: number; readonly at: number };
