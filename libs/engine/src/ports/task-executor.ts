import type { Json } from '@ia-modules/plugin-sdk';
import type { PluginReference } from '../run/events.ts';
import type { TaskRequest } from './durable-context.ts';

/** A line that an attempt writes for people. Reports of progress may be coalesced: the latest of an attempt counts. */
export type TaskLogLine = {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'progress';
  readonly message: string;
  /** Of a report of progress: from 0 to 1. */
  readonly fraction?: number;
};

/** What an executor may tell of the attempt that it makes. */
export type TaskExecution = {
  /** Aborted when the attempt is canceled or out of time. */
  readonly signal: AbortSignal;
  /**
   * Tells that work begins, and which tarball does it. At most once, before the result. Resolves when the work may begin: wait for
   * it before doing anything outside, so that the start is on record first.
   */
  readonly emitStarted: (started: { readonly worker?: string; readonly plugin?: PluginReference }) => Promise<void>;
  /** Adds to what the attempt has cost, in US dollars; counts also when it fails. */
  readonly addCost: (usd: number) => void;
  /** Writes a line into the run's log lines, which are no events: a crash may lose the last ones. */
  readonly log: (line: TaskLogLine) => void;
};

/** Makes the attempts of a run: calls plugins, sandboxes, local modules. A thrown error fails the attempt. */
export type TaskExecutor = {
  execute(request: TaskRequest, execution: TaskExecution): Promise<Json>;
};
