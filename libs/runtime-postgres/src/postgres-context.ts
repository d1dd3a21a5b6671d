import {
  type DurableContext,
  type EventDraft,
  type RunEvent,
  type Settled,
  type TaskExecutor,
  type TaskKey,
  type TaskRequest,
  toRecordedSettlement,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Attempts, createAttempts } from './attempts.ts';
import type { GroupCommitter } from './group-committer.ts';
import { createRunLog, type RunLog } from './run-log.ts';

import { createSettlementQueue, type Delivery } from './settlement-queue.ts';
import { createTimers, type Timers } from './timers.ts';

export type PostgresContextOptions = {
  readonly tenantId: string;
  readonly runId: string;
  readonly seed: number;
  /** The run's log so far; empty for a fresh run. */
  readonly stored: readonly RunEvent[];
  readonly committer: Pick<GroupCommitter, 'append'>;
  readonly executor: TaskExecutor;
  /** Hears every event that is new, when it is emitted. */
  readonly onAppended: (event: RunEvent) => void;
};

export type CancelRequest = { readonly commandId: string; readonly reason: string | null; readonly by: string | null };

/**
 * One run's door to the world, with its log in Postgres. With a stored log it first replays: `emit` compares, `next`
 * serves the recorded settlements. When the log is used up, attempts and timers that had not settled start again and
 * the run is live.
 */
export class PostgresContext implements DurableContext {
  readonly runId: string;
  readonly seed: number;
  readonly #log: RunLog;
  readonly #queue = createSettlementQueue();
  readonly #attempts: Attempts;
  readonly #timers: Timers;
  readonly #commands = new Set<string>();
  #undispatched: TaskRequest[] = [];
  #abandoned: PlatformError | undefined;
  #isLive: boolean;
  #now: number;

  constructor(options: PostgresContextOptions) {
    this.runId = options.runId;
    this.seed = options.seed;
    this.#log = createRunLog(options);
    const first = this.#log.peek();
    this.#isLive = first === undefined;
    this.#now = first?.at ?? Date.now();
    const queue = this.#queue;
    this.#attempts = createAttempts(options.executor, {
      onStarted: (key, start) => queue.offer({ settled: { kind: 'task_started', key, ...start } }),
      onSucceeded: (key, output) => queue.offer({ settled: { kind: 'task_succeeded', key, output } }),
      onFailed: (key, error) => queue.offer({ settled: { kind: 'task_failed', key, error } }),
    });
    this.#timers = createTimers((key) => queue.offer({ settled: { kind: 'timer_fired', key } }));
  }

  now(): number {
    return this.#now;
  }

  emit(drafts: readonly EventDraft[]): void {
    this.#assertKept();
    this.#log.emit(drafts, this.#now);
  }

  task(request: TaskRequest): void {
    this.#queue.expectTask(request);
    if (this.#isLive) this.#undispatched.push(request);
  }

  cancelTask(key: TaskKey): void {
    this.#queue.forget(key);
    this.#attempts.abort(key);
  }

  timer(key: TaskKey, fireAt: number): void {
    this.#queue.expectTimer(key, fireAt);
    if (this.#isLive) this.#timers.arm(key, fireAt);
  }

  cancelTimer(key: TaskKey): void {
    this.#queue.forget(key);
    this.#timers.disarm(key);
  }

  async next(): Promise<Settled> {
    this.#assertKept();
    const recorded = this.#log.peek();
    if (recorded !== undefined) return this.#replay(recorded);
    if (!this.#isLive) this.#goLive();
    void this.#commitThenDispatch();
    return this.#deliver(await this.#queue.next());
  }

  /** Settles a cancel request, once for each command. */
  requestCancel({ commandId, reason, by }: CancelRequest): void {
    if (this.#commands.has(commandId)) return;
    this.#commands.add(commandId);
    this.#queue.offer({ settled: { kind: 'cancel_requested', reason, by }, commandId });
  }

  /** Gives the run up: `next` and `emit` throw `reason` from now on, attempts are aborted and settle no more. */
  abandon(reason: PlatformError): void {
    this.#abandoned ??= reason;
    this.#attempts.abortAll();
    this.#timers.clear();
    this.#queue.fail(this.#abandoned);
  }

  /** Resolves when everything emitted is committed. */
  flush(): Promise<void> {
    return this.#log.commit();
  }

  #assertKept(): void {
    if (this.#abandoned !== undefined) throw this.#abandoned;
  }

  #replay(recorded: RunEvent): Settled {
    const settled = toRecordedSettlement(recorded);
    this.#now = recorded.at;
    this.#queue.note(settled);
    return settled;
  }

  #deliver({ settled, commandId, notBefore = 0 }: Delivery): Settled {
    this.#now = Math.max(this.#now, notBefore, Date.now());
    if (commandId !== undefined) this.#log.consume(commandId);
    return settled;
  }

  #goLive(): void {
    this.#isLive = true;
    this.#undispatched = [...this.#queue.expectedTasks.values()];
    for (const [key, fireAt] of this.#queue.expectedTimers) this.#timers.arm(key, fireAt);
  }

  /** Attempts start when the events that scheduled them are committed, never before. */
  async #commitThenDispatch(): Promise<void> {
    const requests = this.#undispatched;
    this.#undispatched = [];
    try {
      await this.#log.commit();
    } catch (error) {
      this.abandon(toAbandonReason(error));
    }
    if (this.#abandoned !== undefined) return;
    for (const request of requests) if (this.#queue.isExpected(request)) this.#attempts.dispatch(request);
  }
}

const toAbandonReason = (error: unknown): PlatformError =>
  error instanceof PlatformError
    ? error
    : new PlatformError({
        code: 'IA_RUNTIME_LOG_CONFLICT',
        message: 'The events of the run could not be written.',
        fault: 'infra',
        cause: error,
      });
