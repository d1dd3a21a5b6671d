import type { Settled, TaskKey, TaskRequest } from '@ia-modules/engine';

/** A settlement with what its delivery has to note. */
export type Delivery = {
  readonly settled: Settled;
  /** The inbox command behind a cancel request. */
  readonly commandId?: string;
  /** When a timer was due; it is never delivered as earlier. */
  readonly notBefore?: number;
};

/** What a run waits for, and what of it has settled, in the order of completion. */
export type SettlementQueue = {
  expectTask(request: TaskRequest): void;
  expectTimer(key: TaskKey, fireAt: number): void;
  /** A forgotten task or timer never settles, even if it is in the queue already. */
  forget(key: TaskKey): void;
  isExpected(request: TaskRequest): boolean;
  readonly expectedTasks: ReadonlyMap<TaskKey, TaskRequest>;
  readonly expectedTimers: ReadonlyMap<TaskKey, number>;
  offer(delivery: Delivery): void;
  /** Notes a settlement that came from the log instead of the queue. */
  note(settled: Settled): void;
  /** Takes the next settlement, waiting for it when there is none. One caller at a time. */
  next(): Promise<Delivery>;
  /** Makes the pending and every later `next` reject. */
  fail(reason: Error): void;
};

type Waiter = { readonly resolve: (delivery: Delivery) => void; readonly reject: (reason: unknown) => void };

export const createSettlementQueue = (): SettlementQueue => {
  const tasks = new Map<TaskKey, TaskRequest>();
  const timers = new Map<TaskKey, number>();
  const started = new Set<TaskKey>();
  const ready: Delivery[] = [];
  let waiter: Waiter | undefined;
  let failure: Error | undefined;

  const isOpen = (settled: Settled): boolean => {
    if (settled.kind === 'cancel_requested') return true;
    if (settled.kind === 'timer_fired') return timers.has(settled.key);
    if (settled.kind === 'task_started' && started.has(settled.key)) return false;
    return tasks.has(settled.key);
  };

  const forget = (key: TaskKey): void => {
    tasks.delete(key);
    timers.delete(key);
    started.delete(key);
  };

  const note = (settled: Settled): void => {
    if (settled.kind === 'task_started') started.add(settled.key);
    else if (settled.kind !== 'cancel_requested') forget(settled.key);
  };

  const take = (): Delivery | undefined => {
    for (let delivery = ready.shift(); delivery !== undefined; delivery = ready.shift()) {
      const { settled } = delivery;
      if (!isOpen(settled)) continue;
      const fireAt = settled.kind === 'timer_fired' ? timers.get(settled.key) : undefined;
      note(settled);
      return fireAt === undefined ? delivery : { ...delivery, notBefore: fireAt };
    }
    return undefined;
  };

  return {
    expectTask: (request) => tasks.set(request.key, request),
    expectTimer: (key, fireAt) => timers.set(key, fireAt),
    forget,
    isExpected: (request) => tasks.get(request.key) === request,
    expectedTasks: tasks,
    expectedTimers: timers,
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
  };
};
