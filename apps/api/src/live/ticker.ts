/** One timer for everybody who looks after something every so often. */
export class Ticker {
  readonly #beats = new Map<
    number,
    { readonly timer: NodeJS.Timeout; readonly waiting: Set<() => void>; users: number }
  >();

  /** Beats every so many milliseconds, for all who ask for the same at the same moment. Beats that nobody waits for are lost. */
  every(intervalMs: number): AsyncIterableIterator<void> {
    const beat = this.#join(intervalMs);
    let isOver = false;
    let wake: (() => void) | undefined;
    const end = (): Promise<IteratorResult<void>> => {
      if (!isOver) this.#leave(intervalMs);
      isOver = true;
      wake?.();
      return Promise.resolve({ done: true, value: undefined });
    };
    return {
      next: async () => {
        if (!isOver) {
          const beaten = Promise.withResolvers<void>();
          wake = beaten.resolve;
          beat.waiting.add(beaten.resolve);
          await beaten.promise;
        }
        return isOver ? { done: true, value: undefined } : { done: false, value: undefined };
      },
      return: end,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #join(intervalMs: number) {
    const known = this.#beats.get(intervalMs);
    if (known !== undefined) {
      known.users += 1;
      return known;
    }
    const waiting = new Set<() => void>();
    const timer = setInterval(() => {
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    }, intervalMs).unref();
    const beat = { timer, waiting, users: 1 };
    this.#beats.set(intervalMs, beat);
    return beat;
  }

  #leave(intervalMs: number): void {
    const beat = this.#beats.get(intervalMs);
    if (beat === undefined) return;
    beat.users -= 1;
    if (beat.users > 0) return;
    clearInterval(beat.timer);
    this.#beats.delete(intervalMs);
  }
}
