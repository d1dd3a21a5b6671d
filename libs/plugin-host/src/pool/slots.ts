export type SlotsInit<T> = {
  readonly max: number;
  readonly maxPerKey: number;
  readonly isUsable: (value: T) => boolean;
  readonly discard: (value: T) => Promise<void>;
};

export type Slot<T> = { readonly value: T; readonly release: () => void };

/** A bounded set of values that are kept by key and lent to one borrower at a time; the least recently used idle one makes room. */
export type Slots<T> = {
  readonly acquire: (key: string, start: () => Promise<T>, signal?: AbortSignal) => Promise<Slot<T>>;
  readonly close: (reason: Error) => Promise<void>;
};

type Entry<T> = { readonly key: string; value: T | null; isBusy: boolean };
type Waiter<T> = {
  readonly key: string;
  readonly start: () => Promise<T>;
  readonly resolve: (slot: Promise<Slot<T>>) => void;
  readonly reject: (reason: unknown) => void;
};

export const createSlots = <T>({ max, maxPerKey, isUsable, discard }: SlotsInit<T>): Slots<T> => {
  /** Idle entries are in order of last use, oldest first. */
  const entries = new Set<Entry<T>>();
  const waiters = new Set<Waiter<T>>();
  const leaving = new Set<Promise<void>>();
  let closed: Error | null = null;

  const drop = (entry: Entry<T>): void => {
    entries.delete(entry);
    if (entry.value === null) return;
    const gone = discard(entry.value).finally(() => leaving.delete(gone));
    leaving.add(gone);
  };

  const lend = (entry: Entry<T>, value: T): Slot<T> => ({
    value,
    release: () => {
      if (!entries.delete(entry)) return;
      entry.isBusy = false;
      entries.add(entry);
      if (closed !== null || !isUsable(value)) drop(entry);
      serve();
    },
  });

  const open = async (key: string, start: () => Promise<T>): Promise<Slot<T>> => {
    const entry: Entry<T> = { key, value: null, isBusy: true };
    entries.add(entry);
    try {
      entry.value = await start();
    } catch (error) {
      entries.delete(entry);
      serve();
      throw error;
    }
    if (closed !== null) {
      drop(entry);
      throw closed;
    }
    return lend(entry, entry.value);
  };

  /** A slot for the key now, or null when the borrower must wait. */
  const take = ({ key, start }: Pick<Waiter<T>, 'key' | 'start'>): Promise<Slot<T>> | null => {
    for (const entry of entries) if (!entry.isBusy && entry.value !== null && !isUsable(entry.value)) drop(entry);
    const own = [...entries].filter((entry) => entry.key === key);
    const idle = own.findLast((entry) => !entry.isBusy);
    if (idle?.value !== undefined && idle.value !== null) {
      idle.isBusy = true;
      return Promise.resolve(lend(idle, idle.value));
    }
    if (own.length >= maxPerKey) return null;
    if (entries.size >= max) {
      const oldest = [...entries].find((entry) => !entry.isBusy);
      if (oldest === undefined) return null;
      drop(oldest);
    }
    return open(key, start);
  };

  const serve = (): void => {
    for (const waiter of waiters) {
      const slot = take(waiter);
      if (slot === null) continue;
      waiters.delete(waiter);
      waiter.resolve(slot);
    }
  };

  return {
    acquire: async (key, start, signal) => {
      if (closed !== null) throw closed;
      signal?.throwIfAborted();
      const slot = take({ key, start });
      if (slot !== null) return await slot;
      return await new Promise<Slot<T>>((resolve, reject) => {
        const waiter: Waiter<T> = { key, start, resolve, reject };
        waiters.add(waiter);
        signal?.addEventListener('abort', () => waiters.delete(waiter) && reject(signal.reason), { once: true });
      });
    },
    close: async (reason) => {
      closed = reason;
      for (const waiter of waiters) waiter.reject(reason);
      waiters.clear();
      for (const entry of entries) drop(entry);
      await Promise.all(leaving);
    },
  };
};
