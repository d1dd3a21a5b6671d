/** Where a memory run gets its time from and how it waits. */
export type MemoryClock = {
  now(): number;
  /** Calls back at `fireAt` (epoch milliseconds). A virtual clock only does so when `advance` reaches it. */
  schedule(key: string, fireAt: number, fire: () => void): void;
  cancel(key: string): void;
  /** Jumps to the next timer and fires it; false when there is none or time passes by itself. */
  advance(): boolean;
  /** Whether a timer will still fire by itself. */
  isPending(): boolean;
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
    isPending: () => timers.size > 0,
    close: () => {
      for (const key of timers.keys()) cancel(key);
    },
  };
};

type VirtualTimer = { readonly fireAt: number; readonly fire: () => void };

/**
 * Time that jumps to the next timer as soon as nothing else can happen: a wait of two days takes no time at all. While a task works,
 * which takes real time, a timer also fires once its delay has really passed.
 */
export const createVirtualClock = (startMs: number): MemoryClock => {
  const timers = new Map<string, VirtualTimer>();
  const pace = createRealClock();
  let nowMs = startMs;
  const fire = (key: string, timer: VirtualTimer): void => {
    timers.delete(key);
    pace.cancel(key);
    nowMs = Math.max(nowMs, timer.fireAt);
    timer.fire();
  };
  return {
    now: () => nowMs,
    schedule: (key, fireAt, onFire) => {
      const timer = { fireAt, fire: onFire };
      timers.set(key, timer);
      pace.schedule(key, pace.now() + fireAt - nowMs, () => fire(key, timer));
    },
    cancel: (key) => {
      timers.delete(key);
      pace.cancel(key);
    },
    advance: () => {
      let next: [string, VirtualTimer] | undefined;
      for (const timer of timers) if (next === undefined || timer[1].fireAt < next[1].fireAt) next = timer;
      if (next === undefined) return false;
      fire(...next);
      return true;
    },
    isPending: () => timers.size > 0,
    close: () => {
      timers.clear();
      pace.close();
    },
  };
};
