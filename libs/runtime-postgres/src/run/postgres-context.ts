import {
  type ChildRequest,
  type DurableContext,
  type EventDraft,
  type ForkedRun,
  type PluginReference,
  type RouterQuery,
  type RouterReward,
  type Settled,
  type SlotRequest,
  type TaskExecutor,
  type TaskKey,
  type TaskRequest,
  toRecordedSettlement,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Parking } from '../log/commit-group.ts';
import type { StepPlace } from '../log/step-place.ts';
import { createRunLog, type LogPosition, type RunLog, type RunLogOptions } from '../log/run-log.ts';
import { type Attempts, type AttemptsOptions, createAttempts, type Ticket } from './attempts.ts';
import { type Announcements, createAnnouncements } from './announcements.ts';
import type { Clock } from './clock.ts';
import { type ChildStarter, createRunChildren, type RunChildren } from './run-children.ts';
import type { RunSharing } from './run-sharing.ts';
import { createRunSlots, type RunSlots, type StoredSlots } from './run-slots.ts';
import {
  createSettlementQueue,
  type Delivery,
  type SettlementQueue,
  type StoredExpectations,
} from './settlement-queue.ts';
import { createTimers, type Timers } from './timers.ts';

/** What a context needs beside the log to go on from the middle of a run. */
export type ContextSnapshot = {
  readonly position: LogPosition;
  readonly now: number;
  readonly expectations: StoredExpectations;
  readonly slots: StoredSlots;
  /** Sub-pipelines that were told to end. */
  readonly canceledChildren: readonly string[];
};

export type PostgresContextOptions = Pick<
  RunLogOptions,
  | 'tenantId'
  | 'runId'
  | 'stored'
  | 'committer'
  | 'recordUse'
  | 'blobs'
  | 'approvals'
  | 'onAppended'
  | 'onCommitted'
  | 'onTrouble'
> & {
  /** What cached results and routers are remembered under, within the tenant. */
  readonly pipelineId: string;
  readonly seed: number;
  /** Where the run stood before the stored events; without it they begin with the first. */
  readonly snapshot?: ContextSnapshot | undefined;
  /** What a fork that has no log yet repeats. */
  readonly repeated?: ForkedRun['settlements'] | undefined;
  readonly executor: TaskExecutor;
  /** A place for one more attempt. */
  readonly enter: (begin: () => void) => Ticket;
  readonly sharing: RunSharing;
  readonly children: ChildStarter;
  readonly clock: Clock;
  /** Takes the lines that attempts write. */
  readonly log: AttemptsOptions['log'];
  /** Called once, when the log is used up and what it says is held is held again. */
  readonly onLive?: () => void;
  /** Called when all is committed and the run only waits for time, sub-pipelines or people. */
  readonly onIdle?: () => void;
};

const LAZY_COMMIT_MS = 5;
const BUSY: Parking = { isParked: false, wakeAt: null };

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
  readonly #queue: SettlementQueue;
  readonly #attempts: Attempts;
  readonly #timers: Timers;
  readonly #slots: RunSlots;
  readonly #given = new AbortController();
  readonly #commands = new Set<string>();
  readonly #children: RunChildren;
  readonly #announcements: Announcements = createAnnouncements();
  /** Commands that the decision under way answers. */
  #answered: string[] = [];
  /** What the decision under way is about, when a result comes of it. */
  #made: Delivery | undefined;
  #undispatched: TaskRequest[] = [];
  #unstarted: ChildRequest[] = [];
  #abandoned: PlatformError | undefined;
  /** Whether the last settlement only told that an attempt is on its way: its end may soon be written along with it. */
  #isInNoHurry = false;
  #lazyCommit: NodeJS.Timeout | undefined;
  #repeated = 0;
  #isLive: boolean;
  #now: number;

  constructor(options: PostgresContextOptions) {
    const { tenantId, runId, snapshot, sharing, clock } = options;
    this.runId = runId;
    this.seed = options.seed;
    this.#options = options;
    this.#log = createRunLog({
      ...options,
      from: snapshot?.position ?? { seq: 0, chars: 0 },
      parking: () => this.#parking(),
      signal: this.#given.signal,
    });
    this.#queue = createSettlementQueue({
      stored: snapshot?.expectations,
      onDropped: ({ commandId }) => {
        if (commandId !== undefined) this.#log.consume(commandId);
      },
    });
    const first = this.#log.peek();
    this.#isLive = first === undefined && snapshot === undefined && options.repeated === undefined;
    this.#now = snapshot?.now ?? first?.at ?? clock.now();
    const settle = (settled: Settled): void => this.#queue.offer({ settled });
    this.#attempts = createAttempts({
      executor: options.executor,
      clock,
      enter: options.enter,
      findResult: async ({ stepId, cache }) =>
        cache === null ? undefined : sharing.results.read(this.#place(stepId), cache.key),
      announce: (request, started) => this.#announce(request, started),
      settle: (settled, request) =>
        this.#queue.offer(request.cache === null ? { settled } : { settled, cacheable: request }),
      log: options.log,
    });
    this.#timers = createTimers(clock, (key) => settle({ kind: 'timer_fired', key }));
    this.#slots = createRunSlots({
      tenantId,
      runId,
      gate: sharing.slots,
      isFresh: this.#isLive,
      stored: snapshot?.slots,
      onDelayed: (key) => settle({ kind: 'slot_delayed', key }),
      onGranted: (key) => settle({ kind: 'slot_acquired', key }),
    });
    this.#children = createRunChildren({
      runId,
      starter: options.children,
      canceled: snapshot?.canceledChildren ?? [],
      signal: this.#given.signal,
      isExpected: (request) => this.#queue.isExpected(request),
      send: (command) => this.#log.send(command),
      onFailed: (key, error) => settle({ kind: 'task_failed', key, error }),
      onStarted: () => void this.#noteChildStarted(),
    });
    if (this.#isLive) options.onLive?.();
  }

  now(): number {
    return this.#now;
  }

  emit(drafts: readonly EventDraft[]): void {
    this.#assertKept();
    this.#log.emit(drafts, this.#now);
    if (this.#made !== undefined) this.#storeMade();
    this.#consumeAnswered();
  }

  task(request: TaskRequest): void {
    this.#queue.expect(request.key, { kind: 'task', request });
    if (this.#isLive) this.#undispatched.push(request);
  }

  child(request: ChildRequest): void {
    this.#queue.expect(request.key, { kind: 'child', request });
    if (this.#isLive) this.#unstarted.push(request);
  }

  cancelTask(key: TaskKey): void {
    const expectation = this.#queue.expected.get(key);
    this.#queue.forget(key);
    if (expectation?.kind === 'child') this.#children.cancel(key, this.#isLive);
    this.#attempts.abort(key);
    this.#announcements.withdraw(key);
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
    if (this.#isLive) void this.#answerRouter(query);
  }

  reward({ stepId, ...reward }: RouterReward): void {
    // What the log repeats was stored along with it.
    if (this.#isLive) this.#log.earn(this.#options.sharing.routers.earn(this.#place(stepId), reward));
  }

  async next(): Promise<Settled> {
    this.#assertKept();
    const recorded = this.#nextRecorded();
    if (recorded !== undefined) return recorded;
    this.#consumeAnswered();
    this.#queue.finish();
    if (!this.#isLive) this.#goLive();
    if (this.#isInNoHurry) this.#lazyCommit ??= setTimeout(() => void this.#commitThenDispatch(), LAZY_COMMIT_MS);
    else void this.#commitThenDispatch();
    return this.#deliver(await this.#queue.next());
  }

  /** Settles what the inbox says, once for each command. */
  tell(settled: Settled, commandId?: string): void {
    if (commandId === undefined) {
      this.#queue.offer({ settled });
      return;
    }
    if (this.#commands.has(commandId)) return;
    this.#commands.add(commandId);
    this.#queue.offer({ settled, commandId });
  }

  /** The next commit marks a command as answered that nothing came of. */
  dismiss(commandId: string): void {
    this.#log.consume(commandId);
    void this.#commitThenDispatch();
  }

  /** The sub-pipeline that is waited for under this key. */
  expectedChild(key: string): ChildRequest | undefined {
    const expectation = this.#queue.expected.get(key);
    return expectation?.kind === 'child' ? expectation.request : undefined;
  }

  /** When the run would go on by itself; undefined while it is at work. */
  get idleUntil(): number | null | undefined {
    const { isParked, wakeAt } = this.#parking();
    return isParked && !this.#children.isStarting ? wakeAt : undefined;
  }

  /** Resolves when the row says whether the run needs anybody; only then it may leave memory. */
  async writeParking(): Promise<void> {
    await this.#log.commit({ parking: true });
  }

  /** Whether the run has caught up with its log. */
  get isLive(): boolean {
    return this.#isLive;
  }

  get position(): LogPosition {
    return this.#log.position;
  }

  /** Where the run stands after its last emitted event; only while the interpreter waits for what is next. */
  snapshot(): ContextSnapshot {
    return {
      position: this.position,
      now: this.#now,
      expectations: this.#queue.store(),
      slots: this.#slots.store(),
      canceledChildren: this.#children.canceled,
    };
  }

  /** Gives the run up: `next` and `emit` throw `reason` from now on, attempts are aborted and settle no more. */
  abandon(reason: PlatformError): void {
    if (this.#abandoned !== undefined) return;
    this.#abandoned = reason;
    this.#given.abort(reason);
    clearTimeout(this.#lazyCommit);
    this.#attempts.abortAll();
    this.#announcements.withdrawAll(reason);
    this.#timers.clear();
    this.#slots.close();
    this.#queue.fail(this.#abandoned);
  }

  /** Resolves when everything emitted is committed. The part of another run that a fork repeats is written whole or not at all. */
  async flush(): Promise<void> {
    await this.#log.commit();
    if (!this.#children.isStarting) return;
    await this.#children.settled();
    await this.#log.commit();
  }

  #assertKept(): void {
    if (this.#abandoned !== undefined) throw this.#abandoned;
  }

  #parking(): Parking {
    if (!this.#isLive || this.#queue.isBusy || !this.#slots.isEmpty) return BUSY;
    let wakeAt: number | null = null;
    for (const [key, expectation] of this.#queue.expected) {
      if (expectation.kind === 'timer') wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, expectation.fireAt);
      else if (!this.#children.isStored(key)) return BUSY;
    }
    return { isParked: true, wakeAt };
  }

  #place(stepId: string): StepPlace {
    const { tenantId, pipelineId } = this.#options;
    return { tenantId, pipelineId, stepId };
  }

  async #answerRouter({ key, stepId, context }: RouterQuery): Promise<void> {
    try {
      const arms = await this.#options.sharing.routers.read(this.#place(stepId), context);
      this.#queue.offer({ settled: { kind: 'router_consulted', key, context, arms } });
    } catch {
      // The worker's term is over: whoever goes on with the run asks again.
    }
  }

  /** A result is stored along with the event that it comes from. */
  #storeMade(): void {
    const { settled, cacheable } = this.#made ?? {};
    this.#made = undefined;
    if (settled?.kind !== 'task_succeeded' || settled.isCached === true || !cacheable?.cache) return;
    const made = { ...cacheable.cache, output: settled.output };
    const result = this.#options.sharing.results.write(this.#place(cacheable.stepId), made);
    if (result !== undefined) this.#log.store(result);
  }

  /** What is not to be repeated unknowingly begins when the log says that it does, and code when it is known who uses it. */
  async #announce(request: TaskRequest, started: Extract<Settled, { kind: 'task_started' }>): Promise<void> {
    if (started.plugin !== undefined) await this.#recordUse(request, started.plugin);
    const isGuarded = request.onUnknown !== 'repeat' && !this.#queue.isStarted(request.key);
    const announced = isGuarded ? this.#announcements.announce(request.key) : undefined;
    this.#queue.offer({ settled: started });
    await announced;
  }

  /** Before the start is told, or a slow disk would make a commit of its own of it. */
  async #recordUse(request: TaskRequest, plugin: PluginReference): Promise<void> {
    await this.#log.use(plugin);
    this.#assertKept();
    if (!this.#queue.isExpected(request)) throw new DOMException('The attempt was canceled.', 'AbortError');
  }

  /** A command is answered along with the events of its decision: never before, as the run may be given up in between. */
  #consumeAnswered(): void {
    for (const commandId of this.#answered.splice(0)) this.#log.consume(commandId);
  }

  /** From here on the run may only have to wait: whoever takes over need not look at it then. */
  async #noteChildStarted(): Promise<void> {
    await this.#commitThenDispatch();
    if (this.idleUntil === undefined || this.#abandoned !== undefined) return;
    await this.writeParking().catch((error: unknown) => this.abandon(toAbandonReason(error)));
  }

  #nextRecorded(): Settled | undefined {
    const recorded = this.#log.peek();
    if (recorded !== undefined) return this.#replay(toRecordedSettlement(recorded), recorded.at);
    const repeated = this.#options.repeated?.[this.#repeated];
    if (repeated === undefined) return undefined;
    this.#repeated += 1;
    return this.#replay(repeated.settled, this.#now);
  }

  #replay(settled: Settled, at: number): Settled {
    this.#now = at;
    this.#queue.note(settled);
    if (settled.kind === 'slot_acquired') this.#slots.noteGranted(settled.key);
    return settled;
  }

  #deliver(delivery: Delivery): Settled {
    const { settled, commandId, cacheable, notBefore = 0 } = delivery;
    this.#made = cacheable === undefined ? undefined : delivery;
    this.#now = Math.max(this.#now, notBefore, this.#options.clock.now());
    if (commandId !== undefined) this.#answered.push(commandId);
    this.#isInNoHurry = settled.kind === 'task_started' && !this.#announcements.noteTaken(settled.key);
    return settled;
  }

  #goLive(): void {
    this.#isLive = true;
    this.#undispatched = [];
    this.#unstarted = [];
    this.#slots.goLive();
    for (const [key, expectation] of this.#queue.expected) {
      if (expectation.kind === 'task') this.#resume(expectation.request);
      else if (expectation.kind === 'timer') this.#timers.arm(key, expectation.fireAt);
      else if (expectation.kind === 'router') void this.#answerRouter(expectation.query);
      else if (expectation.kind === 'child') this.#unstarted.push(expectation.request);
    }
    this.#children.goLive();
    this.#options.onLive?.();
  }

  /** Of an attempt that had begun nobody knows what became of it. */
  #resume(request: TaskRequest): void {
    const { key, onUnknown } = request;
    if (onUnknown !== 'repeat' && this.#queue.isStarted(key))
      this.#queue.offer({ settled: { kind: 'task_unknown', key } });
    else this.#undispatched.push(request);
  }

  /** Attempts start when the events that scheduled them are committed, never before. */
  async #commitThenDispatch(): Promise<void> {
    clearTimeout(this.#lazyCommit);
    this.#lazyCommit = undefined;
    const requests = this.#undispatched;
    const children = this.#unstarted;
    const starts = this.#announcements.takeCommitting();
    this.#undispatched = [];
    this.#unstarted = [];
    try {
      await this.#log.commit();
    } catch (error) {
      this.abandon(toAbandonReason(error));
    }
    const reason = this.#abandoned;
    if (reason !== undefined) {
      starts.reject(reason);
      return;
    }
    starts.resolve();
    for (const request of requests) if (this.#queue.isExpected(request)) this.#attempts.dispatch(request);
    for (const request of children) if (this.#queue.isExpected(request)) this.#children.start(request);
    if (this.idleUntil !== undefined) this.#options.onIdle?.();
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
