import {
  type ChildRequest,
  type DurableContext,
  type EventDraft,
  type RouterQuery,
  type RouterReward,
  type RunEvent,
  type Settled,
  type SlotRequest,
  type TaskExecutor,
  type TaskKey,
  type TaskRequest,
  toRecordedError,
  toRecordedSettlement,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Attempts, createAttempts } from './attempts.ts';
import type { GroupCommitter } from '../log/group-committer.ts';
import { createRunLog, type RunLog } from '../log/run-log.ts';
import type { RunSharing } from './run-sharing.ts';
import { createRunSlots, type RunSlots } from './run-slots.ts';
import { createSettlementQueue, type Delivery } from './settlement-queue.ts';
import { createTimers, type Timers } from './timers.ts';

export type PostgresContextOptions = {
  readonly tenantId: string;
  /** What cached results and routers are remembered under, within the tenant. */
  readonly pipelineId: string;
  readonly runId: string;
  readonly seed: number;
  /** The run's log so far; empty for a fresh run. */
  readonly stored: readonly RunEvent[];
  readonly committer: Pick<GroupCommitter, 'append'>;
  readonly executor: TaskExecutor;
  readonly sharing: RunSharing;
  /** Hears every event that is new, when it is emitted. */
  readonly onAppended: (event: RunEvent) => void;
  /** Hears the new events when they are committed, in order. */
  readonly onCommitted?: (events: readonly RunEvent[]) => void;
  /** Called once, when the log is used up and what it says is held is held again. */
  readonly onLive?: () => void;
};

export type CancelRequest = { readonly commandId: string; readonly reason: string | null; readonly by: string | null };

/**
 * One run's door to the world, with its log in Postgres. With a stored log it first replays: `emit` compares, `next`
 * serves the recorded settlements. When the log is used up, attempts and timers that had not settled start again, places
 * under concurrency limits are taken again, and the run is live.
 */
export class PostgresContext implements DurableContext {
  readonly runId: string;
  readonly seed: number;
  readonly #options: PostgresContextOptions;
  readonly #log: RunLog;
  readonly #queue = createSettlementQueue();
  readonly #attempts: Attempts;
  readonly #timers: Timers;
  readonly #slots: RunSlots;
  readonly #commands = new Set<string>();
  #undispatched: TaskRequest[] = [];
  #abandoned: PlatformError | undefined;
  #isLive: boolean;
  #now: number;

  constructor(options: PostgresContextOptions) {
    const { tenantId, runId, executor, sharing } = options;
    this.runId = runId;
    this.seed = options.seed;
    this.#options = options;
    this.#log = createRunLog(options);
    const first = this.#log.peek();
    this.#isLive = first === undefined;
    this.#now = first?.at ?? Date.now();
    const settle = (settled: Settled): void => this.#queue.offer({ settled });
    this.#attempts = createAttempts({
      executor,
      results: {
        read: (request) => (request.cache === null ? undefined : sharing.results.read(this.#resultKey(request))),
        write: (request, output) => {
          if (request.cache !== null) sharing.results.write(this.#resultKey(request), output, request.cache.ttlMs);
        },
      },
      settle,
    });
    this.#timers = createTimers((key) => settle({ kind: 'timer_fired', key }));
    this.#slots = createRunSlots({
      tenantId,
      runId,
      gate: sharing.slots,
      isFresh: this.#isLive,
      onDelayed: (key) => settle({ kind: 'slot_delayed', key }),
      onGranted: (key) => settle({ kind: 'slot_acquired', key }),
    });
    if (this.#isLive) options.onLive?.();
  }

  now(): number {
    return this.#now;
  }

  emit(drafts: readonly EventDraft[]): void {
    this.#assertKept();
    this.#log.emit(drafts, this.#now);
  }

  task(request: TaskRequest): void {
    this.#queue.expect(request.key, { kind: 'task', request });
    if (this.#isLive) this.#undispatched.push(request);
  }

  /** No run has runs below it here: the step fails. */
  child(request: ChildRequest): void {
    this.#queue.expect(request.key, { kind: 'child', request });
    if (this.#isLive) this.#refuseChild(request);
  }

  cancelTask(key: TaskKey): void {
    this.#queue.forget(key);
    this.#attempts.abort(key);
  }

  timer(key: TaskKey, fireAt: number): void {
    this.#queue.expect(key, { kind: 'timer', fireAt });
    if (this.#isLive) this.#timers.arm(key, fireAt);
  }

  cancelTimer(key: TaskKey): void {
    this.#queue.forget(key);
    this.#timers.disarm(key);
  }

  acquire(request: SlotRequest): void {
    this.#queue.expect(request.key, { kind: 'slot', request });
    this.#slots.acquire(request);
  }

  release(key: TaskKey): void {
    this.#queue.forget(key);
    this.#slots.release(key);
  }

  consult(query: RouterQuery): void {
    this.#queue.expect(query.key, { kind: 'router', query });
    if (this.#isLive) this.#answerRouter(query);
  }

  reward({ stepId, ...reward }: RouterReward): void {
    // What the log repeats was remembered when it happened.
    if (this.#isLive) this.#options.sharing.routers.add(this.#routerAt(stepId), reward);
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
    this.#slots.close();
    this.#queue.fail(this.#abandoned);
  }

  /** Resolves when everything emitted is committed. */
  flush(): Promise<void> {
    return this.#log.commit();
  }

  #assertKept(): void {
    if (this.#abandoned !== undefined) throw this.#abandoned;
  }

  #resultKey({ stepId, cache }: TaskRequest): string {
    const { tenantId, pipelineId } = this.#options;
    return JSON.stringify([tenantId, pipelineId, stepId, cache?.key]);
  }

  #routerAt(stepId: string) {
    const { tenantId, pipelineId } = this.#options;
    return { tenantId, pipelineId, stepId };
  }

  #answerRouter({ key, stepId, context }: RouterQuery): void {
    const arms = this.#options.sharing.routers.read(this.#routerAt(stepId), context);
    this.#queue.offer({ settled: { kind: 'router_consulted', key, context, arms } });
  }

  #refuseChild({ key, pipeline }: ChildRequest): void {
    this.#queue.offer({ settled: { kind: 'task_failed', key, error: toRecordedError(noChildren(pipeline)) } });
  }

  #replay(recorded: RunEvent): Settled {
    const settled = toRecordedSettlement(recorded);
    this.#now = recorded.at;
    this.#queue.note(settled);
    if (settled.kind === 'slot_acquired') this.#slots.noteGranted(settled.key);
    return settled;
  }

  #deliver({ settled, commandId, notBefore = 0 }: Delivery): Settled {
    this.#now = Math.max(this.#now, notBefore, Date.now());
    if (commandId !== undefined) this.#log.consume(commandId);
    return settled;
  }

  #goLive(): void {
    this.#isLive = true;
    this.#undispatched = [];
    this.#slots.goLive();
    for (const [key, expectation] of this.#queue.expected) {
      if (expectation.kind === 'task') this.#undispatched.push(expectation.request);
      else if (expectation.kind === 'timer') this.#timers.arm(key, expectation.fireAt);
      else if (expectation.kind === 'router') this.#answerRouter(expectation.query);
      else if (expectation.kind === 'child') this.#refuseChild(expectation.request);
    }
    this.#options.onLive?.();
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

const noChildren = (pipeline: string): PlatformError =>
  new PlatformError({
    code: 'IA_PIPELINE_UNSUPPORTED',
    message: `The platform does not run sub-pipelines such as '${pipeline}'.`,
    hint: 'Copy its steps into this pipeline, or run it on the command line.',
  });

const toAbandonReason = (error: unknown): PlatformError =>
  error instanceof PlatformError
    ? error
    : new PlatformError({
        code: 'IA_RUNTIME_LOG_CONFLICT',
        message: 'The events of the run could not be written.',
        fault: 'infra',
        cause: error,
      });
