import type { ChildRequest, RouterQuery, Settled, SlotRequest, TaskRequest } from '@ia-modules/engine';

/** A settlement with what its delivery has to note. */
export type Delivery = {
  readonly settled: Settled;
  /** The inbox command that it comes from. */
  readonly commandId?: string;
  /** The attempt that it ends and whose result may be given again. */
  readonly cacheable?: TaskRequest;
  /** When a timer was due; it is never delivered as earlier. */
  readonly notBefore?: number;
};

/** Something that a run has asked for and that will settle under its key. */
export type Expectation =
  | { readonly kind: 'task'; readonly request: TaskRequest }
  | { readonly kind: 'child'; readonly request: ChildRequest }
  | { readonly kind: 'timer'; readonly fireAt: number }
  | { readonly kind: 'slot'; readonly request: SlotRequest }
  | { readonly kind: 'router'; readonly query: RouterQuery };

/** What a run is waiting for, as a snapshot keeps it. */
export type StoredExpectations = {
  readonly expected: readonly (readonly [key: string, expectation: Expectation])[];
  /** Keys of those that have begun. */
  readonly started: readonly string[];
};

/** What a run waits for, and what of it has settled, in the order of completion. */
export type SettlementQueue = {
  expect(key: string, expectation: Expectation): void;
  /** What is forgotten never settles, even if it is in the queue already. */
  forget(key: string): void;
  isExpected(request: TaskRequest | ChildRequest): boolean;
  isStarted(key: string): boolean;
  readonly expected: ReadonlyMap<string, Expectation>;
  /** Whether something expected needs this worker, or something has settled and is not dealt with yet. */
  readonly isBusy: boolean;
  /** Notes that what was taken last is dealt with. */
  finish(): void;
  offer(delivery: Delivery): void;
  /** Notes a settlement that came from the log instead of the queue. */
  note(settled: Settled): void;
  /** Takes the next settlement, waiting for it when there is none. One caller at a time. */
  next(): Promise<Delivery>;
  /** Makes the pending and every later `next` reject. */
  fail(reason: Error): void;
  store(): StoredExpectations;
};

export type SettlementQueueOptions = {
  readonly stored?: StoredExpectations | undefined;
  /** Hears of what was offered and is no longer expected. */
  readonly onDropped: (delivery: Delivery) => void;
};

type Waiter = { readonly resolve: (delivery: Delivery) => void; readonly reject: (reason: unknown) => void };

export const createSettlementQueue = ({ stored, onDropped }: SettlementQueueOptions): SettlementQueue => {
  const expected = new Map<string, Expectation>(stored?.expected);
  const started = new Set<string>(stored?.started);
  const ready: Delivery[] = [];
  let busy = [...expected.values()].filter(needsWorker).length;
  let isTaken = true; // as a run begins with something to do
  let waiter: Waiter | undefined;
  let failure: Error | undefined;

  const forget = (key: string): void => {
    const expectation = expected.get(key);
    if (expectation !== undefined && needsWorker(expectation)) busy -= 1;
    expected.delete(key);
    started.delete(key);
  };

  const note = (settled: Settled): void => {
    if (isCommand(settled)) return;
    if (isProgress(settled)) started.add(settled.key);
    else forget(settled.key);
  };

  const isOpen = (settled: Settled): boolean => {
    if (isCommand(settled)) return true;
    if (isProgress(settled) && started.has(settled.key)) return false;
    return expected.has(settled.key);
  };

  const take = (): Delivery | undefined => {
    for (let delivery = ready.shift(); delivery !== undefined; delivery = ready.shift()) {
      const { settled } = delivery;
      if (!isOpen(settled)) {
        onDropped(delivery);
        continue;
      }
      isTaken = true;
      const expectation = settled.kind === 'timer_fired' ? expected.get(settled.key) : undefined;
      note(settled);
      return expectation?.kind === 'timer' ? { ...delivery, notBefore: expectation.fireAt } : delivery;
    }
    return undefined;
  };

  return {
    expect: (key, expectation) => {
      forget(key);
      if (needsWorker(expectation)) busy += 1;
      expected.set(key, expectation);
    },
    forget,
    isExpected: (request) => isMadeBy(request, expected.get(request.key)),
    isStarted: (key) => started.has(key),
    expected,
    get isBusy() {
      return busy > 0 || ready.length > 0 || isTaken;
    },
    finish: () => {
      isTaken = false;
    },
    offer: (delivery) => {
      ready.push(delivery);
      if (waiter === undefined) return;
      const taken = take();
      if (taken === undefined) return;
      waiter.resolve(taken);
      waiter = undefined;
    },
    note,
    next: () => {
      if (failure !== undefined) return Promise.reject(failure);
      const taken = take();
      if (taken !== undefined) return Promise.resolve(taken);
      const { promise, resolve, reject } = Promise.withResolvers<Delivery>();
      waiter = { resolve, reject };
      return promise;
    },
    fail: (reason) => {
      failure ??= reason;
      waiter?.reject(failure);
      waiter = undefined;
    },
    store: () => ({ expected: [...expected], started: [...started] }),
  };
};

const isMadeBy = (request: TaskRequest | ChildRequest, expectation: Expectation | undefined): boolean =>
  expectation !== undefined && 'request' in expectation && expectation.request === request;

/** Timers are rows, and sub-pipelines runs of their own. */
const needsWorker = ({ kind }: Expectation): boolean => kind !== 'timer' && kind !== 'child';

/** Tells how something is coming along, once; its end is still to come. */
const isProgress = (settled: Settled): settled is Extract<Settled, { kind: 'task_started' | 'slot_delayed' }> =>
  settled.kind === 'task_started' || settled.kind === 'slot_delayed';

type Answer =
  | 'task_started'
  | 'task_succeeded'
  | 'task_failed'
  | 'task_unknown'
  | 'timer_fired'
  | 'slot_delayed'
  | 'slot_acquired'
  | 'router_consulted';
type Command = Exclude<Settled, { kind: Answer }>;

/** People tell a run things of their own accord; everything else answers what the run has asked for. */
const isCommand = (settled: Settled): settled is Command => !ANSWERS.has(settled.kind);

const ANSWERS: ReadonlySet<Settled['kind']> = new Set<Settled['kind']>([
  'task_started',
  'task_succeeded',
  'task_failed',
  'task_unknown',
  'timer_fired',
  'slot_delayed',
  'slot_acquired',
  'router_consulted',
]);
