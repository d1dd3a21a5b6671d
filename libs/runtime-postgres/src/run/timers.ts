export type Timers = {
  /** Fires once at `fireAt` (epoch milliseconds), at once when that is past. */
  arm(key: string, fireAt: number): void;
  disarm(key: string): void;
  clear(): void;
};

/** A wait is looked at anew this often, so that a changed clock shows, and no delay exceeds what setTimeout can hold. */
const MAX_SLEEP_MS = 60_000;

/** Keeps timers by key. They do not keep the process alive. */
export const createTimers = (onFire: (key: string) => void): Timers => {
  const handles = new Map<string, NodeJS.Timeout>();

  const arm = (key: string, fireAt: number): void => {
    const remainingMs = fireAt - Date.now();
    const wake = (): void => {
      if (fireAt > Date.now()) {
        arm(key, fireAt);
        return;
      }
      handles.delete(key);
      onFire(key);
    };
    handles.set(key, setTimeout(wake, Math.max(0, Math.min(remainingMs, MAX_SLEEP_MS))).unref());
  };

  return {
    arm,
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
