/** Where a memory run gets its time from and how it waits. */
export type MemoryClock = {
  now(): number;
  /** Calls back at `fireAt` (epoch milliseconds). A virtual clock only does so when `advance` reaches it. */
  schedule(key: string, fireAt: number, fire: () => void): void;
  cancel(key: string): void;
  /** Jumps to the next timer and fires it; false when there is none or time passes by itself. */
  advance(): boolean;
  close(): void;
};

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const createRealClock = (): MemoryClock => {
  const timers = new Map<string, NodeJS.Timeout>();
  const schedule = (key: string, fireAt: number, fire: () => void): void => {
    const remainingMs = fireAt - Date.now();
    const timer = setTimeout(
      () => {
        if (fireAt > Date.now()) schedule(key, fireAt, fire);
        else {
          timers.delete(key);
          fire();
        }
      },
      Math.min(Math.max(remainingMs, 0), MAX_TIMEOUT_MS),
    );
    timers.set(key, timer);
  };
  const cancel = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };
  return {
    now: Date.now,
    schedule,
    cancel,
    advance: () => false,
    close: () => {
      for (const key of [...timers.keys()]) cancel(key);
    },
  };
};

/** Time that stands still until nothing else can happen, then jumps: a wait of two days takes no time at all. */
export const createVirtualClock = (startMs: number): MemoryClock => {
  const timers = new Map<string, { readonly fireAt: number; readonly fire: () => void }>();
  let nowMs = startMs;
  return {
    now: () => nowMs,
    schedule: (key, fireAt, fire) => timers.set(key, { fireAt, fire }),
    cancel: (key) => timers.delete(key),
    advance: () => {
      let next: [string, { readonly fireAt: number; readonly fire: () => void }] | undefined;
      for (const timer of timers) if (next === undefined || timer[1].fireAt < next[1].fireAt) next = timer;
      if (next === undefined) return false;
      timers.delete(next[0]);
      nowMs = Math.max(nowMs, next[1].fireAt);
      next[1].fire();
      return true;
    },
    close: () => timers.clear(),
  };
};
