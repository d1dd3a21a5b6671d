import type { Clock } from '../context.ts';

/** A clock whose time a test moves on. */
export type FakeClock = Clock & {
  /** Moves the time on; whoever sleeps until then wakes, in the order of their times. Resolves when what they do next has begun. */
  readonly advance: (ms: number) => Promise<void>;
  /** How many sleep. */
  readonly sleepers: () => number;
  /** The same time for one call, whose sleepers wake with the signal's reason when it is canceled. */
  readonly forCall: (signal: AbortSignal) => Clock;
};

/** How a clock of tests goes on. */
export type FakeClockOptions = {
  /** Moves on by itself to the next sleeper's time as soon as everything else rests. @default false */
  readonly isAutomatic?: boolean;
};

type Sleeper = { readonly dueAt: number; readonly wake: () => void };

/**
 * Makes a clock that stands still until it is told otherwise.
 *
 * @param startMs milliseconds since 1970, UTC
 */
export const createFakeClock = (startMs = 0, { isAutomatic = false }: FakeClockOptions = {}): FakeClock => {
  let now = startMs;
  const sleepers: Sleeper[] = [];
  const wakeNext = async (until: number): Promise<boolean> => {
    const next = sleepers[0];
    if (next === undefined || next.dueAt > until) return false;
    sleepers.shift();
    now = Math.max(now, next.dueAt);
    next.wake();
    await settle();
    return true;
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const abort = (): void => {
      sleepers.splice(sleepers.indexOf(sleeper), 1);
      reject(signal?.reason as Error);
    };
    const sleeper: Sleeper = {
      dueAt: now + Math.max(0, ms),
      wake: () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
    };
    const place = sleepers.findIndex(({ dueAt }) => dueAt > sleeper.dueAt);
    sleepers.splice(place < 0 ? sleepers.length : place, 0, sleeper);
    signal?.addEventListener('abort', abort, { once: true });
    if (isAutomatic) void settle().then(() => wakeNext(Infinity));
    return promise;
  };
  const clock = { now: () => now, sleep: (ms: number) => sleep(ms) };
  return {
    ...clock,
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      while (await wakeNext(until));
      now = until;
    },
    sleepers: () => sleepers.length,
    forCall: (signal) => ({ now: clock.now, sleep: (ms) => sleep(ms, signal) }),
  };
};

/** Lets everything that can go on at once go on. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
