import { FairShares } from './fair-shares.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { Limits } from './tenant-limits.ts';
import { waitingOrder } from './waiting-order.ts';

export type TaskGateOptions = {
  /** Attempts under way at the same time. @default 256 */
  readonly maxTasks?: number;
  readonly limits: Limits;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
};

/** Who asks for a place: the tenant and the priority of the run. */
export type TaskOwner = { readonly tenantId: string; readonly priority: number };

export type Ticket = {
  /** Gives the place back, or stops waiting for one. More than once is as good as once. */
  leave(): void;
};

export type TenantTasks = { readonly activeTasks: number; readonly queuedTasks: number };

/** Lets attempts begin: so many at once in a worker, shared between tenants by weight. */
export type TaskGate = {
  readonly maxTasks: number;
  readonly activeTasks: number;
  /** Calls `begin` as soon as there is a place: before it returns when there is one now. `begin` must not throw. */
  enter(owner: TaskOwner, begin: (ticket: Ticket) => void): Ticket;
  /** To be called when limits were read anew. */
  reviewLimits(): void;
  /** By tenant, where there is anything to tell. */
  tenants(): ReadonlyMap<string, TenantTasks>;
};

type Entry = Ticket & {
  readonly tenantId: string;
  readonly order: number;
  readonly sequence: number;
  readonly begin: (ticket: Ticket) => void;
  takenAt: number | undefined;
};

const DEFAULT_MAX_TASKS = 256;

/**
 * Places are shared as {@link FairShares} says. Within a tenant the higher priority comes first, and of the same the earlier;
 * a point of priority is worth a minute of waiting. No attempt is stopped for another one.
 */
export const createTaskGate = (options: TaskGateOptions): TaskGate => {
  const { maxTasks = DEFAULT_MAX_TASKS, limits, now = () => performance.now() } = options;
  const shares = new FairShares({
    places: maxTasks,
    weightOf: (tenantId) => limits.of(tenantId).weight,
    limitOf: (tenantId) => limits.of(tenantId).maxConcurrentTasks,
    now,
  });
  const queues = new Map<string, IndexedHeap<Entry>>();
  let sequence = 0;
  let isGiving = false;

  const dequeue = (entry: Entry): boolean => {
    const queue = queues.get(entry.tenantId);
    if (queue?.remove(entry) !== true) return false;
    if (queue.size === 0) {
      queues.delete(entry.tenantId);
      shares.setWaiting(entry.tenantId, false);
    }
    return true;
  };

  /** What begins may end at once and so free its place, and the next; hence a loop and no recursion. */
  const giveFreePlaces = (): void => {
    if (isGiving) return;
    isGiving = true;
    try {
      for (let tenantId = shares.next(); tenantId !== undefined; tenantId = shares.next()) {
        const entry = queues.get(tenantId)?.peek();
        if (entry === undefined) return;
        dequeue(entry);
        entry.takenAt = shares.take(tenantId);
        entry.begin(entry);
      }
    } finally {
      isGiving = false;
    }
  };

  const leave = (entry: Entry): void => {
    if (entry.takenAt !== undefined) {
      shares.giveBack(entry.tenantId, entry.takenAt);
      entry.takenAt = undefined;
      giveFreePlaces();
    } else dequeue(entry);
  };

  return {
    maxTasks,
    get activeTasks() {
      return shares.held;
    },
    enter: ({ tenantId, priority }, begin) => {
      sequence += 1;
      const entry: Entry = {
        tenantId,
        order: waitingOrder(now(), priority),
        sequence,
        begin,
        takenAt: undefined,
        leave: () => leave(entry),
      };
      const queue = queues.get(tenantId) ?? new IndexedHeap<Entry>(isBefore);
      queues.set(tenantId, queue);
      queue.put(entry);
      if (queue.size === 1) shares.setWaiting(tenantId, true);
      giveFreePlaces();
      return entry;
    },
    reviewLimits: () => {
      shares.reviewLimits();
      giveFreePlaces();
    },
    tenants: () => {
      const tenantIds = new Set([...shares.holders(), ...queues.keys()]);
      return new Map(
        [...tenantIds].map((tenantId) => [
          tenantId,
          { activeTasks: shares.heldBy(tenantId), queuedTasks: queues.get(tenantId)?.size ?? 0 },
        ]),
      );
    },
  };
};

const isBefore = (a: Entry, b: Entry): boolean => a.order < b.order || (a.order === b.order && a.sequence < b.sequence);
