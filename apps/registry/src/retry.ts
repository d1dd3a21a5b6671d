/** Work that is done again, a while after it was asked for, until it succeeds. */
export type Retry = Readonly<{ schedule(): void; stop(): void }>;

/** The time between tries doubles up to `maxDelayMs`; asking for the work starts it anew. */
export function createRetry(work: () => Promise<void>, delayMs: number, maxDelayMs = delayMs): Retry {
  let timer: NodeJS.Timeout | undefined;
  let timerDelayMs = delayMs;
  let isStopped = false;
  const arm = (waitMs: number): void => {
    if (isStopped || (timer !== undefined && timerDelayMs <= waitMs)) return;
    clearTimeout(timer);
    timerDelayMs = waitMs;
    timer = setTimeout(() => {
      timer = undefined;
      work().catch(() => arm(Math.min(waitMs * 2, maxDelayMs)));
    }, waitMs);
    timer.unref();
  };
  return {
    schedule: () => arm(delayMs),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
