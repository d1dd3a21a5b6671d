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
import { activityOf, RUN_BREATH_KEY, RUN_TIMEOUT_KEY } from '../run/keys.ts';
import { createMemoryAttempts, type MemoryAttempts, type TaskEnd } from './memory-attempts.ts';
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
  readonly startChild: (request: ChildRequest, settle: (end: TaskEnd) => void) => MemoryChild;
  /** Settlements of another run that this one repeats before it goes on by itself. */
  readonly replayed?: readonly { readonly settled: Settled; readonly at: number }[];
};

/** A context that keeps nothing: for the command line, dry runs and tests. */
export class MemoryContext implements DurableContext {
  readonly runId: string;
  readonly seed: number;
  readonly #options: MemoryContextOptions;
  readonly #attempts: MemoryAttempts;
  readonly #children = new Map<string, MemoryChild>();
  /** What a repeated run scheduled and did not see settle: it begins when the run goes on by itself. */
  readonly #undone = new Map<string, () => void>();
  /** Places under limits that the run has or waits for. */
  readonly #slots = new Map<string, SlotRequest>();
  /** Of those, the ones that a repeated run had: it needs them again before it goes on there. */
  readonly #toRetake = new Set<string>();
  readonly #claimant = crypto.randomUUID();
  readonly #idle: IdleRun;
  #replayed = 0;
  #hasGoneOn = false;
  #isClosed = false;
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
    this.#attempts = createMemoryAttempts({
      ...options,
      cache: options.stores.cache,
      settle: (settled) => this.#settle(settled),
    });
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
    this.#start(request.key, () => this.#attempts.dispatch(request));
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
    this.#attempts.abort(key);
  }

  timer(key: string, fireAt: number): void {
    this.#start(key, () => {
      if (key === RUN_BREATH_KEY) {
        this.#takeBreath();
        return;
      }
      // The budget of a run that only waits for people is no reason to wait on.
      const timer = { key: `${this.runId}|${key}`, fireAt, isLimit: key === RUN_TIMEOUT_KEY };
      this.#options.world.clock.schedule(timer, () => this.#settle({ kind: 'timer_fired', key }));
    });
  }

  cancelTimer(key: string): void {
    this.#undone.delete(key);
    this.#options.world.clock.cancel(`${this.runId}|${key}`);
  }

  /** Whatever the clock, the rest of the process has its turn. */
  #takeBreath(): void {
    const { world } = this.#options;
    world.begin();
    setImmediate(() => {
      if (!this.#isClosed) this.#settle({ kind: 'timer_fired', key: RUN_BREATH_KEY });
      world.end();
    });
  }

  acquire(request: SlotRequest): void {
    const { key } = request;
    this.#slots.set(key, request);
    this.#start(key, () => {
      const isGranted = this.#claim(request, () => this.#settle({ kind: 'slot_acquired', key }));
      if (!isGranted) this.#settle({ kind: 'slot_delayed', key });
    });
  }

  release(key: string): void {
    this.#undone.delete(key);
    this.#toRetake.delete(key);
    if (this.#slots.delete(key)) this.#options.stores.slots.release(this.#holder(key));
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
    if (!this.#hasGoneOn) this.#goOn();
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

  /** Aborts what still runs, and gives back what the run has. */
  close(): void {
    this.#isClosed = true;
    this.#attempts.abortAll();
    for (const key of this.#children.keys()) this.cancelTask(key);
    for (const key of this.#slots.keys()) this.release(key);
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
    if (settled.kind === 'slot_acquired') this.#toRetake.add(key);
    return settled;
  }

  /** What a repeated run had begun begins again: where that needs a place under a limit, once it has that. */
  #goOn(): void {
    this.#hasGoneOn = true;
    this.#options.world.clock.reach(this.#now);
    for (const key of this.#toRetake) {
      const request = this.#slots.get(key);
      if (request !== undefined) this.#claim(request, () => this.#beginUndone(key));
    }
    for (const key of this.#undone.keys()) if (!this.#toRetake.has(activityOf(key))) this.#begin(key);
  }

  #beginUndone(place: string): void {
    this.#toRetake.delete(place);
    for (const key of this.#undone.keys()) if (activityOf(key) === place) this.#begin(key);
  }

  #begin(key: string): void {
    const begin = this.#undone.get(key);
    this.#undone.delete(key);
    begin?.();
  }

  #holder(key: string): string {
    return `${this.#claimant}|${key}`;
  }

  #claim({ key, slot, limit }: SlotRequest, onGranted: () => void): boolean {
    const { stores, world } = this.#options;
    return stores.slots.acquire({ holder: this.#holder(key), owner: world, slot, limit }, onGranted);
  }

  #settle(settled: Settled): void {
    this.#queue.push({ settled, at: this.#options.world.clock.now() });
    this.#options.world.busy(this.#idle);
    this.#waiter?.wake();
    this.#waiter = undefined;
  }
}

/** Nothing from inside can take the run further: it is given up where it stands. */
export const STALLED_RUN = 'IA_RUN_STALLED';

const stalled = (): PlatformError =>
  new PlatformError({
    code: STALLED_RUN,
    message: 'The run waits for something that only comes from outside.',
    hint: 'Send the signal, decide the approval, say what became of the attempt, or resume the run.',
    disposition: 'pause',
  });
