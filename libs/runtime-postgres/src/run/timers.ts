import type { Clock } from './clock.ts';

export type Timers = {
  /** Fires once at `fireAt` (epoch milliseconds), at once when that is past. */
  arm(key: string, fireAt: number): void;
  disarm(key: string): void;
  clear(): void;
};

/** A wait is looked at anew this often, so that a changed clock shows, and no delay exceeds what setTimeout can hold. */
const MAX_SLEEP_MS = 5_000;

/**
 * Keeps timers by key. They do not keep the process alive. A clock that is put forward fires what is then past; one that is
 * put back makes nobody wait longer than they would have.
 */
export const createTimers = (clock: Clock, onFire: (key: string) => void): Timers => {
  const handles = new Map<string, NodeJS.Timeout>();

  const sleep = (key: string, fireAt: number, endsAt: number): void => {
    const remainingMs = Math.min(fireAt - clock.now(), endsAt - clock.elapsed());
    const wake = (): void => {
      if (fireAt > clock.now() && endsAt > clock.elapsed()) {
        sleep(key, fireAt, endsAt);
        return;
      }
      handles.delete(key);
      onFire(key);
    };
    handles.set(key, setTimeout(wake, Math.max(0, Math.min(remainingMs, MAX_SLEEP_MS))).unref());
  };

  return {
    arm: (key, fireAt) => {
      clearTimeout(handles.get(key));
      sleep(key, fireAt, clock.elapsed() + Math.max(0, fireAt - clock.now()));
    },
    disarm: (key) => {
      clearTimeout(handles.get(key));
      handles.delete(key);
    },
    clear: () => {
      for (const handle of handles.values()) clearTimeout(handle);
      handles.clear();
    },
  };
};
