export type SlotsInit<T> = {
  /** Values at once. */
  readonly max: number;
  readonly maxPerKey: number;
  /** Values that one tenant may have lent at once. */
  readonly maxPerTenant: number;
  /** What all values may weigh together. */
  readonly maxWeight: number;
  /** What the values that one tenant has lent may weigh together; a single one may weigh more. */
  readonly maxWeightPerTenant: number;
  /** Values that nobody borrows end after so long. */
  readonly idleMs: number;
  readonly isUsable: (value: T) => boolean;
  /** Resolves when the value is gone. */
  readonly discard: (value: T) => Promise<void>;
  /** For a value that is heavier than everything may be. */
  readonly tooHeavy: (weight: number, maxWeight: number) => Error;
};

export type Slot<T> = { readonly value: T; readonly release: () => void };
export type SlotRequest<T> = {
  readonly key: string;
  readonly tenantId: string;
  readonly weight: number;
  /** Borrowers that one value takes at once. */
  readonly capacity: number;
  readonly start: () => Promise<T>;
  readonly signal?: AbortSignal | undefined;
};

type Entry<T> = {
  readonly key: string;
  readonly tenantId: string;
  readonly weight: number;
  value: T | null;
  borrowers: number;
  idleTimer: NodeJS.Timeout | undefined;
};
type Waiter<T> = SlotRequest<T> &
  Omit<PromiseWithResolvers<Slot<T>>, 'promise'> & {
    /** How often there was no room for it when others were served. */
    passed: number;
  };

/** One that needs much room would wait for ever while others that need little come and go. */
const MAX_PASSED = 16;

/**
 * A bounded set of values, kept by key and lent to a few borrowers at a time. Idle ones make room, the least recently used first;
 * borrowers that find none wait: tenants take turns, and within a tenant it goes by order.
 */
export class Slots<T> {
  readonly #init: SlotsInit<T>;
  /** In order of last use, oldest first. */
  readonly #entries = new Set<Entry<T>>();
  /** By tenant; the next one in turn comes first. */
  readonly #waiters = new Map<string, Set<Waiter<T>>>();
  readonly #leaving = new Map<Promise<void>, number>();
  readonly #starting = new Set<Promise<unknown>>();
  #closed: Error | null = null;

  constructor(init: SlotsInit<T>) {
    this.#init = init;
  }

  async acquire(request: SlotRequest<T>): Promise<Slot<T>> {
    if (this.#closed !== null) throw this.#closed;
    request.signal?.throwIfAborted();
    if (request.weight > this.#init.maxWeight) throw this.#init.tooHeavy(request.weight, this.#init.maxWeight);
    const slot = this.#hungry() === undefined ? this.#take(request) : null;
    return await (slot ?? this.#wait(request));
  }

  async close(reason: Error): Promise<void> {
    this.#closed = reason;
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(reason);
    this.#waiters.clear();
    for (const entry of this.#entries) this.#drop(entry);
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#leaving.keys());
  }

  /** A slot now, or null when the borrower must wait. */
  #take(request: SlotRequest<T>): Promise<Slot<T>> | null {
    this.#dropUnusable();
    const own = [...this.#entries].filter((entry) => entry.key === request.key);
    const idle = own.findLast((entry) => entry.borrowers === 0 && entry.value !== null);
    if (idle === undefined) {
      const shared = this.#isOtherWaiting(request.tenantId)
        ? undefined
        : own.find((entry) => entry.borrowers < request.capacity && this.#isUsable(entry));
      if (shared !== undefined) return Promise.resolve(this.#lend(shared));
    }
    if (!this.#isWithinShare(request)) return null;
    if (idle !== undefined) return Promise.resolve(this.#lend(idle));
    if (own.length >= this.#init.maxPerKey || !this.#makeRoom(request.weight)) return null;
    const opened = this.#open(request);
    this.#starting.add(opened);
    const settle = (): void => void this.#starting.delete(opened);
    void opened.then(settle, settle);
    return opened;
  }

  /** While others wait for room, a shared value takes no more borrowers, so that it becomes idle one day. */
  #isOtherWaiting(tenantId: string): boolean {
    return [...this.#waiters.keys()].some((waiting) => waiting !== tenantId);
  }

  /** Whether the tenant may have one more value lent. */
  #isWithinShare({ tenantId, weight }: SlotRequest<T>): boolean {
    const busy = [...this.#entries].filter((entry) => entry.tenantId === tenantId && isBusy(entry));
    if (busy.length === 0) return true;
    const sum = busy.reduce((total, entry) => total + entry.weight, weight);
    return busy.length < this.#init.maxPerTenant && sum <= this.#init.maxWeightPerTenant;
  }

  #makeRoom(weight: number): boolean {
    const { max, maxWeight } = this.#init;
    const idle = [...this.#entries].filter((entry) => !isBusy(entry));
    let count = this.#entries.size;
    let sum = [...this.#entries].reduce((total, entry) => total + entry.weight, 0);
    const dropped: Entry<T>[] = [];
    while (count >= max || sum + weight > maxWeight) {
      const oldest = idle[dropped.length];
      if (oldest === undefined) return false;
      dropped.push(oldest);
      count--;
      sum -= oldest.weight;
    }
    for (const entry of dropped) this.#drop(entry);
    return true;
  }

  async #open({ key, tenantId, weight, start }: SlotRequest<T>): Promise<Slot<T>> {
    const entry: Entry<T> = { key, tenantId, weight, value: null, borrowers: 1, idleTimer: undefined };
    this.#entries.add(entry);
    try {
      await this.#untilFits();
      entry.value = await start();
    } catch (error) {
      this.#entries.delete(entry);
      this.#serve();
      throw error;
    }
    entry.borrowers = 0;
    if (this.#closed === null) {
      const slot = this.#lend(entry);
      // Those that wait for the same value may share it now.
      this.#serve();
      return slot;
    }
    this.#discard(entry.value, weight);
    throw this.#closed;
  }

  /** What was told to go still takes its place until it is gone. */
  async #untilFits(): Promise<void> {
    const isOver = (): boolean => {
      let weight = 0;
      for (const entry of this.#entries) weight += entry.weight;
      for (const leaving of this.#leaving.values()) weight += leaving;
      return this.#entries.size + this.#leaving.size > this.#init.max || weight > this.#init.maxWeight;
    };
    while (this.#leaving.size > 0 && isOver()) await Promise.race(this.#leaving.keys());
  }

  #lend(entry: Entry<T>): Slot<T> {
    clearTimeout(entry.idleTimer);
    entry.borrowers++;
    let isLent = true;
    return {
      value: entry.value as T,
      release: () => {
        if (!isLent) return;
        isLent = false;
        entry.borrowers--;
        this.#takeBack(entry);
        this.#serve();
      },
    };
  }

  #takeBack(entry: Entry<T>): void {
    if (!this.#entries.delete(entry)) return;
    this.#entries.add(entry);
    if (entry.borrowers > 0) return;
    if (!this.#isUsable(entry)) return this.#drop(entry);
    entry.idleTimer = setTimeout(() => this.#drop(entry), this.#init.idleMs);
    entry.idleTimer.unref();
  }

  async #wait(request: SlotRequest<T>): Promise<Slot<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot<T>>();
    const waiter: Waiter<T> = { ...request, resolve, reject, passed: 0 };
    const leave = (): void => {
      if (this.#forget(waiter)) reject(request.signal?.reason);
    };
    const own = this.#waiters.get(request.tenantId) ?? new Set();
    this.#waiters.set(request.tenantId, own.add(waiter));
    request.signal?.addEventListener('abort', leave, { once: true });
    try {
      return await promise;
    } finally {
      request.signal?.removeEventListener('abort', leave);
    }
  }

  #forget(waiter: Waiter<T>): boolean {
    const own = this.#waiters.get(waiter.tenantId);
    const isGone = own?.delete(waiter) ?? false;
    if (own?.size === 0) this.#waiters.delete(waiter.tenantId);
    return isGone;
  }

  /** Serves one waiter after the other, each time of the next tenant in turn that can be served. */
  #serve(): void {
    while (this.#closed === null && this.#serveOne());
  }

  #serveOne(): boolean {
    const hungry = this.#hungry();
    if (hungry !== undefined) return this.#tryToServe(hungry);
    for (const waiters of this.#waiters.values()) {
      for (const waiter of waiters) if (this.#tryToServe(waiter)) return true;
    }
    return false;
  }

  #tryToServe(waiter: Waiter<T>): boolean {
    const slot = this.#take(waiter);
    if (slot === null) {
      if (this.#lacksRoomOnly(waiter)) waiter.passed++;
      return false;
    }
    this.#forget(waiter);
    const rest = this.#waiters.get(waiter.tenantId);
    if (rest !== undefined) {
      this.#waiters.delete(waiter.tenantId);
      this.#waiters.set(waiter.tenantId, rest);
    }
    waiter.resolve(slot);
    return true;
  }

  #lacksRoomOnly(waiter: Waiter<T>): boolean {
    const own = [...this.#entries].filter((entry) => entry.key === waiter.key);
    return own.length < this.#init.maxPerKey && this.#isWithinShare(waiter);
  }

  #hungry(): Waiter<T> | undefined {
    for (const waiters of this.#waiters.values()) {
      for (const waiter of waiters) if (waiter.passed > MAX_PASSED && this.#lacksRoomOnly(waiter)) return waiter;
    }
    return undefined;
  }

  #isUsable({ value }: Entry<T>): boolean {
    return value !== null && this.#init.isUsable(value);
  }

  #dropUnusable(): void {
    for (const entry of this.#entries) if (!isBusy(entry) && !this.#isUsable(entry)) this.#drop(entry);
  }

  #drop(entry: Entry<T>): void {
    clearTimeout(entry.idleTimer);
    if (this.#entries.delete(entry) && entry.value !== null) this.#discard(entry.value, entry.weight);
  }

  #discard(value: T, weight: number): void {
    const gone = this.#init.discard(value).finally(() => this.#leaving.delete(gone));
    this.#leaving.set(gone, weight);
  }
}

/** A value that is being made is as good as lent. */
const isBusy = <T>(entry: Entry<T>): boolean => entry.borrowers > 0 || entry.value === null;
