import TinyQueue from 'tinyqueue';

/** `fireAt` is in epoch milliseconds. A limit ends what goes on by itself: nobody waits for it. */
export type ClockTimer = { readonly key: string; readonly fireAt: number; readonly isLimit?: boolean };

/** Where a memory run gets its time from and how it waits. */
export type MemoryClock = {
  now(): number;
  /** Calls back when it is time. A virtual clock only does so when `advance` reaches it. */
  schedule(timer: ClockTimer, fire: () => void): void;
  cancel(key: string): void;
  /** Lets a virtual clock show a later time: what took that long is only repeated. */
  reach(timeMs: number): void;
  /** Jumps to the next timer and fires it; false when there are none but limits, or time passes by itself. */
  advance(): boolean;
  /** Whether a timer that is no limit will still fire by itself. */
  isPending(): boolean;
  close(): void;
};

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const createRealClock = (): MemoryClock => {
  const timers = new Map<string, NodeJS.Timeout>();
  const awaited = new Set<string>();
  const forget = (key: string): void => {
    timers.delete(key);
    awaited.delete(key);
  };
  const schedule = (timer: ClockTimer, fire: () => void): void => {
    const { key, fireAt, isLimit = false } = timer;
    const elapse = (): void => {
      if (fireAt > Date.now()) {
        schedule(timer, fire);
        return;
      }
      forget(key);
      fire();
    };
    timers.set(key, setTimeout(elapse, Math.min(Math.max(fireAt - Date.now(), 0), MAX_TIMEOUT_MS)));
    if (!isLimit) awaited.add(key);
  };
  const cancel = (key: string): void => {
    clearTimeout(timers.get(key));
    forget(key);
  };
  return {
    now: Date.now,
    schedule,
    cancel,
    reach: () => undefined,
    advance: () => false,
    isPending: () => awaited.size > 0,
    close: () => {
      for (const key of timers.keys()) cancel(key);
    },
  };
};

type VirtualTimer = ClockTimer & { readonly order: number; readonly fire: () => void };

const byTime = (a: VirtualTimer, b: VirtualTimer): number => a.fireAt - b.fireAt || a.order - b.order;

const MAX_SWEPT_LATER = 1_000;

/**
 * Time that jumps to the next timer as soon as nothing else can happen: a wait of two days takes no time at all. While a task works,
 * which takes real time, a timer also fires once its delay has really passed.
 */
export const createVirtualClock = (startMs: number): MemoryClock => {
  const timers = new Map<string, VirtualTimer>();
  let queue = new TinyQueue<VirtualTimer>([], byTime);
  const pace = createRealClock();
  let awaited = 0;
  let count = 0;
  let nowMs = startMs;

  const forget = (timer: VirtualTimer): void => {
    timers.delete(timer.key);
    pace.cancel(timer.key);
    if (timer.isLimit !== true) awaited -= 1;
    // Canceled timers stay in the queue until it is swept: many more of them than of the others are not kept.
    if (queue.length > 2 * timers.size + MAX_SWEPT_LATER) queue = new TinyQueue([...timers.values()], byTime);
  };
  const fire = (timer: VirtualTimer): void => {
    forget(timer);
    nowMs = Math.max(nowMs, timer.fireAt);
    timer.fire();
  };
  const cancel = (key: string): void => {
    const timer = timers.get(key);
    if (timer !== undefined) forget(timer);
  };

  return {
    now: () => nowMs,
    schedule: (requested, onFire) => {
      cancel(requested.key);
      count += 1;
      const timer = { ...requested, order: count, fire: onFire };
      timers.set(timer.key, timer);
      queue.push(timer);
      if (timer.isLimit !== true) awaited += 1;
      pace.schedule({ key: timer.key, fireAt: pace.now() + timer.fireAt - nowMs }, () => fire(timer));
    },
    cancel,
    reach: (timeMs) => {
      nowMs = Math.max(nowMs, timeMs);
    },
    advance: () => {
      if (awaited === 0) return false;
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        // One that was canceled, or replaced, is still in the queue.
        if (timers.get(next.key) !== next) continue;
        fire(next);
        return true;
      }
      return false;
    },
    isPending: () => awaited > 0,
    close: () => {
      timers.clear();
      pace.close();
    },
  };
};
