/** Work that is done again, a while after it was asked for, until it succeeds. */
export type Retry = Readonly<{ schedule(): void; stop(): void }>;

export function createRetry(work: () => Promise<void>, delayMs: number): Retry {
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      work().catch(schedule);
    }, delayMs);
    timer.unref();
  };
  return { schedule, stop: () => clearTimeout(timer) };
}
