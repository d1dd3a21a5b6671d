import { setTimeout as delay } from 'node:timers/promises';

const INITIAL_DELAY_MS = 50;
const MAX_DELAY_MS = 2_000;

/** Waits longer after each failure, up to two seconds; an aborted signal ends the wait at once. */
export const createBackoff = (signal: AbortSignal): { pause(): Promise<void>; reset(): void } => {
  let delayMs = INITIAL_DELAY_MS;
  return {
    pause: async () => {
      await pauseFor(delayMs, signal);
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    },
    reset: () => {
      delayMs = INITIAL_DELAY_MS;
    },
  };
};

/** Waits; returns early, without throwing, when the signal aborts. */
export const pauseFor = async (delayMs: number, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  await delay(delayMs, undefined, { signal }).catch(() => undefined);
};
