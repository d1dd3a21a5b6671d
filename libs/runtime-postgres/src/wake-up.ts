export type WakeUp = {
  /** Ends the present wait, or the next one when nobody waits. */
  ring(): void;
  /** Waits for a ring, at most `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
};

/** A bell that remembers one ring: many rings while nobody listens wake once. */
export const createWakeUp = (): WakeUp => {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    wait: async (timeoutMs) => {
      if (!isRung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, timeoutMs);
        await promise;
        clearTimeout(timer);
        wake = undefined;
      }
      isRung = false;
    },
  };
};
