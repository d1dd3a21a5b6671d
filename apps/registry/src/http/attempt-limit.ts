/** Bounds how often an address may try something in a minute. */
export type AttemptLimit = Readonly<{ isExceeded(address: string): boolean }>;

const WINDOW_MS = 60_000;
/** When more addresses try at once, all of them share one count. */
const MAX_ADDRESSES = 10_000;
const OTHERS = 'others';

export function createAttemptLimit(maxPerMinute: number, now: () => number = () => performance.now()): AttemptLimit {
  let attempts = new Map<string, number>();
  let endsAtMs = 0;
  return {
    isExceeded(address) {
      if (now() >= endsAtMs) {
        attempts = new Map();
        endsAtMs = now() + WINDOW_MS;
      }
      const key = attempts.has(address) || attempts.size < MAX_ADDRESSES ? address : OTHERS;
      const count = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, count);
      return count > maxPerMinute;
    },
  };
}
