export type SlotsInit<T> = {
  readonly max: number;
  readonly maxPerKey: number;
  readonly isUsable: (value: T) => boolean;
  readonly discard: (value: T) => Promise<void>;
};

export type Slot<T> = { readonly value: T; readonly release: () => void };
export type SlotRequest<T> = {
  readonly key: string;
  readonly start: () => Promise<T>;
  readonly signal?: AbortSignal | undefined;
};

type Entry<T> = { readonly key: string; value: T | null; isBusy: boolean };
type Waiter<T> = SlotRequest<T> & Omit<PromiseWithResolvers<Slot<T>>, 'promise'>;

/**
 * A bounded set of values, kept by key and lent to one borrower at a time. The least recently used idle one makes room;
 * borrowers that find none wait in order.
 */
export class Slots<T> {
  readonly #init: SlotsInit<T>;
  /** Idle entries are in order of last use, oldest first. */
  readonly #entries = new Set<Entry<T>>();
  readonly #waiters = new Set<Waiter<T>>();
  readonly #leaving = new Set<Promise<void>>();
  #closed: Error | null = null;

  constructor(init: SlotsInit<T>) {
    this.#init = init;
  }

  async acquire(request: SlotRequest<T>): Promise<Slot<T>> {
    if (this.#closed !== null) throw this.#closed;
    request.signal?.throwIfAborted();
    const slot = this.#take(request);
    return await (slot ?? this.#wait(request));
  }

  async close(reason: Error): Promise<void> {
    this.#closed = reason;
    for (const waiter of this.#waiters) waiter.reject(reason);
    this.#waiters.clear();
    for (const entry of this.#entries) this.#drop(entry);
    await Promise.all(this.#leaving);
  }

  /** A slot for the key now, or null when the borrower must wait. */
  #take(request: SlotRequest<T>): Promise<Slot<T>> | null {
    this.#dropUnusable();
    const own = [...this.#entries].filter((entry) => entry.key === request.key);
    const idle = own.findLast((entry) => !entry.isBusy);
    if (idle !== undefined && idle.value !== null) return Promise.resolve(this.#lend(idle, idle.value));
    if (own.length >= this.#init.maxPerKey) return null;
    if (this.#entries.size >= this.#init.max) {
      const oldest = [...this.#entries].find((entry) => !entry.isBusy);
      if (oldest === undefined) return null;
      this.#drop(oldest);
    }
    return this.#open(request);
  }

  async #open({ key, start }: SlotRequest<T>): Promise<Slot<T>> {
    const entry: Entry<T> = { key, value: null, isBusy: true };
    this.#entries.add(entry);
    try {
      entry.value = await start();
    } catch (error) {
      this.#entries.delete(entry);
      this.#serve();
      throw error;
    }
    if (this.#closed === null) return this.#lend(entry, entry.value);
    this.#drop(entry);
    throw this.#closed;
  }

  #lend(entry: Entry<T>, value: T): Slot<T> {
    entry.isBusy = true;
    return {
      value,
      release: () => {
        if (!entry.isBusy || !this.#entries.delete(entry)) return;
        entry.isBusy = false;
        this.#entries.add(entry);
        if (!this.#init.isUsable(value)) this.#drop(entry);
        this.#serve();
      },
    };
  }

  async #wait(request: SlotRequest<T>): Promise<Slot<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot<T>>();
    const waiter: Waiter<T> = { ...request, resolve, reject };
    const leave = (): void => {
      if (this.#waiters.delete(waiter)) reject(request.signal?.reason);
    };
    this.#waiters.add(waiter);
    request.signal?.addEventListener('abort', leave, { once: true });
    try {
      return await promise;
    } finally {
      request.signal?.removeEventListener('abort', leave);
    }
  }

  #serve(): void {
    if (this.#closed !== null) return;
    for (const waiter of this.#waiters) {
      const slot = this.#take(waiter);
      if (slot === null) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(slot);
    }
  }

  #dropUnusable(): void {
    for (const entry of this.#entries) {
      if (!entry.isBusy && entry.value !== null && !this.#init.isUsable(entry.value)) this.#drop(entry);
    }
  }

  #drop(entry: Entry<T>): void {
    this.#entries.delete(entry);
    if (entry.value === null) return;
    const gone = this.#init.discard(entry.value).finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }
}
