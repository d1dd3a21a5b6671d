import { PlatformError } from '@ia-modules/plugin-sdk';
import type {
  ChildRequest,
  DurableContext,
  RouterQuery,
  RouterReward,
  RunCommand,
  Settled,
  SlotRequest,
  TaskRequest,
} from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import type { EventDraft, RunEvent } from '../run/events.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import { timeoutError } from '../run/timeout-error.ts';
import type { IdleRun, MemoryWorld } from './memory-world.ts';
import type { SharedStores } from './shared-stores.ts';

/** A sub-pipeline that runs. */
export type MemoryChild = { readonly cancel: (reason: string) => void };

export type MemoryContextOptions = {
  readonly runId: string;
  readonly seed: number;
  /** What cached results and routers are remembered under. */
  readonly pipelineName: string;
  readonly world: MemoryWorld;
  readonly stores: SharedStores;
  readonly executor: TaskExecutor;
  readonly onEvent: (event: RunEvent) => void;
  /** Starts a sub-pipeline; `settle` takes its end, at most once. */
  readonly startChild: (request: ChildRequest, settle: (end: ChildEnd) => void) => MemoryChild;
  /** Settlements of another run that this one repeats before it goes on by itself. */
  readonly replayed?: readonly { readonly settled: Settled; readonly at: number }[];
};

export type ChildEnd = Extract<Settled, { kind: 'task_succeeded' | 'task_failed' }>;

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A context that keeps nothing: for the command line, dry runs and tests. */
export class MemoryContext implements DurableContext {
  readonly runId: string;
  readonly seed: number;
  readonly #options: MemoryContextOptions;
  readonly #running = new Map<string, AbortController>();
  readonly #children = new Map<string, MemoryChild>();
  /** What a repeated run scheduled and did not see settle: it begins when the run goes on by itself. */
  readonly #undone = new Map<string, () => void>();
  readonly #slots = new Map<string, SlotRequest>();
  readonly #idle: IdleRun;
  #replayed: number;
  #queue: { readonly settled: Settled; readonly at: number }[] = [];
  #queueHead = 0;
  #waiter: { readonly wake: () => void; readonly fail: (reason: Error) => void } | undefined;
  #now: number;
  #eventCount = 0;

  constructor(options: MemoryContextOptions) {
    this.runId = options.runId;
    this.seed = options.seed;
    this.#options = options;
    this.#now = options.world.clock.now();
    this.#replayed = 0;
    this.#idle = { stop: () => this.#waiter?.fail(stalled()) };
    options.world.enter();
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
      this.#options.onEvent({ ...event, runId: this.runId, seq: this.#eventCount, at: this.#now });
    }
  }

  task(request: TaskRequest): void {
    this.#start(request.key, () => {
      const controller = new AbortController();
      this.#running.set(request.key, controller);
      this.#options.world.begin();
      void this.#execute(request, controller);
    });
  }

  child(request: ChildRequest): void {
    const { key } = request;
    this.#start(key, () => {
      const child = this.#options.startChild(request, (end) => {
        if (this.#children.get(key) !== child) return;
        this.#children.delete(key);
        this.#settle(end);
      });
      this.#children.set(key, child);
    });
  }

  cancelTask(key: string): void {
    this.#undone.delete(key);
    this.#children.get(key)?.cancel('The run above it needs it no more.');
    this.#children.delete(key);
    const controller = this.#running.get(key);
    if (controller === undefined) return;
    this.#running.delete(key);
    controller.abort();
    this.#options.world.end();
  }

  timer(key: string, fireAt: number): void {
    this.#start(key, () => {
      this.#options.world.clock.schedule(`${this.runId}|${key}`, fireAt, () =>
        this.#settle({ kind: 'timer_fired', key }),
      );
    });
  }

  cancelTimer(key: string): void {
    this.#undone.delete(key);
    this.#options.world.clock.cancel(`${this.runId}|${key}`);
  }

  acquire(request: SlotRequest): void {
    const { key, slot, limit } = request;
    if (this.#isReplaying) this.#slots.set(key, request);
    this.#start(key, () => {
      this.#options.stores.slots.acquire({ holder: `${this.runId}|${key}`, slot, limit }, () =>
        this.#settle({ kind: 'slot_acquired', key }),
      );
    });
  }

  release(key: string): void {
    this.#undone.delete(key);
    this.#options.stores.slots.release(`${this.runId}|${key}`);
  }

  consult({ key, stepId, context }: RouterQuery): void {
    this.#start(key, () => {
      const arms = this.#options.stores.routers.read(this.#routerName(stepId), context);
      this.#settle({ kind: 'router_consulted', key, context, arms });
    });
  }

  reward({ stepId, ...reward }: RouterReward): void {
    // What a repeated run had earned was remembered then.
    if (!this.#isReplaying) this.#options.stores.routers.add(this.#routerName(stepId), reward);
  }

  async next(): Promise<Settled> {
    const { replayed = [], world } = this.#options;
    const recorded = replayed[this.#replayed];
    if (recorded !== undefined) return this.#replay(recorded);
    for (const begin of [...this.#undone.values()]) begin();
    this.#undone.clear();
    for (;;) {
      const entry = this.#queue[this.#queueHead];
      if (entry !== undefined) {
        this.#queueHead += 1;
        if (this.#queueHead === this.#queue.length) {
          this.#queue = [];
          this.#queueHead = 0;
        }
        this.#now = Math.max(this.#now, entry.at);
        return entry.settled;
      }
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { wake: resolve, fail: reject };
        world.idle(this.#idle);
      });
    }
  }

  /** Tells the run something from outside. */
  send(command: RunCommand): void {
    this.#settle(command);
  }

  /** Aborts what still runs and drops the timers. */
  close(): void {
    for (const key of [...this.#running.keys(), ...this.#children.keys()]) this.cancelTask(key);
    this.#options.world.busy(this.#idle);
  }

  get #isReplaying(): boolean {
    return this.#replayed < (this.#options.replayed?.length ?? 0);
  }

  #routerName(stepId: string): string {
    return `${this.#options.pipelineName}\0${stepId}`;
  }

  /** What a repeated run begins waits until it is known whether its end is repeated as well. */
  #start(key: string, begin: () => void): void {
    if (this.#isReplaying) this.#undone.set(key, begin);
    else begin();
  }

  #replay({ settled, at }: { readonly settled: Settled; readonly at: number }): Settled {
    this.#replayed += 1;
    this.#now = Math.max(this.#now, at);
    if (!('key' in settled) || settled.kind === 'task_started') return settled;
    const { key } = settled;
    this.#undone.delete(key);
    // A place that was taken is taken again when the run goes on by itself, unless it was given back before.
    if (settled.kind === 'slot_acquired') this.#undone.set(key, () => this.#retakeSlot(key));
    return settled;
  }

  #retakeSlot(key: string): void {
    const request = this.#slots.get(key);
    if (request === undefined) return;
    const { slot, limit } = request;
    this.#options.stores.slots.acquire({ holder: `${this.runId}|${key}`, slot, limit }, () => undefined);
  }

  #settle(settled: Settled): void {
    this.#queue.push({ settled, at: this.#options.world.clock.now() });
    this.#options.world.busy(this.#idle);
    this.#waiter?.wake();
    this.#waiter = undefined;
  }

  async #execute(request: TaskRequest, controller: AbortController): Promise<void> {
    const { key } = request;
    const cached = this.#cached(request);
    if (cached !== undefined) {
      this.#finish(controller, { kind: 'task_succeeded', key, output: cached.output, isCached: true });
      return;
    }
    const timer = this.#startTimeout(request, controller);
    let costUsd = 0;
    const cost = (): { readonly costUsd?: number } => (costUsd === 0 ? {} : { costUsd });
    try {
      const output = await this.#options.executor.execute(request, {
        signal: controller.signal,
        emitStarted: (started) => {
          if (this.#running.get(key) === controller) this.#settle({ kind: 'task_started', key, ...started });
        },
        addCost: (usd) => {
          if (Number.isFinite(usd) && usd > 0) costUsd += usd;
        },
      });
      if (this.#running.get(key) === controller) this.#remember(request, output);
      this.#finish(controller, { kind: 'task_succeeded', key, output: output ?? null, ...cost() });
    } catch (error) {
      this.#finish(controller, { kind: 'task_failed', key, error: toRecordedError(error), ...cost() });
    } finally {
      clearTimeout(timer);
    }
  }

  #cacheKey({ stepId, cache }: TaskRequest): string {
    return `${this.#options.pipelineName}\0${stepId}\0${cache?.key}`;
  }

  #cached(request: TaskRequest): ReturnType<SharedStores['cache']['get']> {
    if (request.cache === null) return undefined;
    return this.#options.stores.cache.get(this.#cacheKey(request), this.#options.world.clock.now());
  }

  #remember(request: TaskRequest, output: Parameters<SharedStores['cache']['set']>[1]['output']): void {
    if (request.cache === null) return;
    const expiresAt = this.#options.world.clock.now() + request.cache.ttlMs;
    this.#options.stores.cache.set(this.#cacheKey(request), { output: output ?? null, expiresAt });
  }

  /** Work takes real time whatever the clock, so that its limit is real too. */
  #startTimeout(request: TaskRequest, controller: AbortController): NodeJS.Timeout | undefined {
    if (request.timeoutMs === null) return undefined;
    const onTimeout = (): void => {
      this.#finish(controller, { kind: 'task_failed', key: request.key, error: timeoutError(request) });
      controller.abort(new DOMException('The time of the attempt is over.', 'TimeoutError'));
    };
    return setTimeout(onTimeout, Math.min(request.timeoutMs, MAX_TIMEOUT_MS));
  }

  /** What settles after its attempt was canceled or ran out of time is dropped. */
  #finish(controller: AbortController, settled: ChildEnd): void {
    if (this.#running.get(settled.key) !== controller) return;
    this.#running.delete(settled.key);
    this.#settle(settled);
    this.#options.world.end();
  }
}

/** Nothing from inside can take the run further: it is given up where it stands. */
export const STALLED_RUN = 'IA_RUN_STALLED';

const stalled = (): PlatformError =>
  new PlatformError({
    code: STALLED_RUN,
    message: 'The run waits for something that only comes from outside.',
    hint: 'Send the signal, decide the approval, or resume the run.',
    disposition: 'pause',
  });
