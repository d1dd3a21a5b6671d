import type { Clock } from '../context.ts';

/** The clock of this machine; what sleeps on it wakes with the signal's reason when the call is canceled. */
export const createSystemClock = (signal: AbortSignal): Clock => ({
  now: () => Date.now(),
  sleep: (ms) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
    }),
});
