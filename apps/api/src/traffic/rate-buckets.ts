const MAX_BUCKETS = 20_000;
const MS_PER_SECOND = 1_000;

export type RateSettings = {
  /** What a full bucket holds. */
  readonly capacity: number;
  readonly restorePerSecond: number;
};

type Bucket = { available: number; atMs: number };

export type Withdrawal =
  | { readonly isGranted: true; readonly available: number }
  | { readonly isGranted: false; readonly available: number; readonly retryAfterSeconds: number };

/** Leaky buckets, one a caller: each fills by itself at a steady rate, and what is not in it can't be spent. */
export class RateBuckets {
  readonly settings: RateSettings;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(settings: RateSettings, now: () => number = () => performance.now()) {
    this.settings = settings;
    this.#now = now;
  }

  withdraw(key: string, amount: number): Withdrawal {
    const bucket = this.#filled(key);
    const missing = Math.min(amount, this.settings.capacity) - bucket.available;
    if (missing > 0) {
      const retryAfterSeconds = Math.max(1, Math.ceil(missing / this.settings.restorePerSecond));
      return { isGranted: false, available: Math.floor(bucket.available), retryAfterSeconds };
    }
    bucket.available = Math.max(0, bucket.available - amount);
    return { isGranted: true, available: Math.floor(bucket.available) };
  }

  /** Puts back what was withdrawn and not needed, or takes what was needed beyond it. Tells what is there then. */
  settle(key: string, amount: number): number {
    const bucket = this.#filled(key);
    bucket.available = Math.min(this.settings.capacity, Math.max(0, bucket.available + amount));
    return Math.floor(bucket.available);
  }

  #filled(key: string): Bucket {
    const nowMs = this.#now();
    const { capacity, restorePerSecond } = this.settings;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return this.#open(key, nowMs);
    bucket.available = Math.min(
      capacity,
      bucket.available + ((nowMs - bucket.atMs) / MS_PER_SECOND) * restorePerSecond,
    );
    bucket.atMs = nowMs;
    return bucket;
  }

  #open(key: string, atMs: number): Bucket {
    if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(atMs);
    const bucket = { available: this.settings.capacity, atMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** A full bucket is as good as none. When all are in use, the oldest half starts anew. */
  #forgetFull(nowMs: number): void {
    const { capacity, restorePerSecond } = this.settings;
    for (const [key, { available, atMs }] of this.#buckets) {
      if (available + ((nowMs - atMs) / MS_PER_SECOND) * restorePerSecond >= capacity) this.#buckets.delete(key);
    }
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_BUCKETS / 2) return;
      this.#buckets.delete(key);
    }
  }
}
