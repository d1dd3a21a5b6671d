import { clearTimer, type Frame, now, setTimer } from './primitives.ts';

/** What a call tells the time by. */
export type GuestClock = {
  readonly now: () => number;
  /** Wakes after so long, unless what it returns is called before. `isBusy`: requests wait for their answers. */
  readonly wakeAfter: (ms: number, wake: () => void, isBusy: () => boolean) => () => void;
};

type Sleeper = { readonly dueAt: number; readonly wake: () => void };

export const openClock = (frame: Frame): GuestClock => {
  const fixed = frame['clock'] as { readonly nowMs: number } | undefined;
  return fixed === undefined ? realClock : createFixedClock(fixed.nowMs);
};

const realClock: GuestClock = {
  now: () => now(),
  wakeAfter: (ms, wake) => {
    const timer = setTimer(wake, ms);
    return () => clearTimer(timer);
  },
};

/** Stands still while the plugin works or waits for answers, and goes on to the next sleeper's time when it does neither. */
const createFixedClock = (startMs: number): GuestClock => {
  let nowMs = startMs;
  let sleepers: readonly Sleeper[] = [];
  const wakeNext = (isBusy: () => boolean): void => {
    if (isBusy()) return void setTimer(() => wakeNext(isBusy), 1);
    const next = sleepers.reduce<Sleeper | undefined>(
      (first, other) => (first === undefined || other.dueAt < first.dueAt ? other : first),
      undefined,
    );
    if (next === undefined) return;
    sleepers = sleepers.filter((other) => other !== next);
    nowMs = next.dueAt > nowMs ? next.dueAt : nowMs;
    next.wake();
  };
  return {
    now: () => nowMs,
    wakeAfter: (ms, wake, isBusy) => {
      const sleeper = { dueAt: nowMs + (ms > 0 ? ms : 0), wake };
      sleepers = [...sleepers, sleeper];
      setTimer(() => wakeNext(isBusy), 0);
      return () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
      };
    },
  };
};
