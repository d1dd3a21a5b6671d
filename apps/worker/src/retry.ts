import { setTimeout as delay } from 'node:timers/promises';

export type RetryOptions = {
  readonly signal: AbortSignal;
  readonly maxAttempts: number;
  readonly isTransient: (error: unknown) => boolean;
};

const INITIAL_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** Does the work again while its errors are transient, waiting longer each time; an abort ends the wait. */
export const retry = async <T>(options: RetryOptions, work: () => Promise<T>): Promise<T> => {
  let delayMs = INITIAL_DELAY_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= options.maxAttempts || !options.isTransient(error)) throw error;
      await delay(delayMs, undefined, { signal: options.signal });
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    }
  }
};
