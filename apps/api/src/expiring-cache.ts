export type ExpiringCacheInit = {
  /** How long an answer may be used. */
  readonly keepMs: number;
  /** With more than these, all are forgotten. */
  readonly maxEntries: number;
  readonly now?: () => number;
};

type Entry<V> = { readonly value: Promise<V>; readonly expiresAtMs: number };

/** Remembers for a moment what was read: who asks meanwhile shares the answer. A failure is not remembered. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #keepMs: number;
  readonly #maxEntries: number;
  readonly #now: () => number;

  constructor({ keepMs, maxEntries, now = () => performance.now() }: ExpiringCacheInit) {
    this.#keepMs = keepMs;
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  read(key: string, load: () => Promise<V>): Promise<V> {
    const nowMs = this.#now();
    const known = this.#entries.get(key);
    if (known !== undefined && known.expiresAtMs > nowMs) return known.value;
    if (this.#entries.size >= this.#maxEntries) this.#entries.clear();
    const entry = { value: load(), expiresAtMs: nowMs + this.#keepMs };
    this.#entries.set(key, entry);
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry.value;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
