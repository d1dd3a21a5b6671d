import type { Json } from '@ia-modules/plugin-sdk';

/** Results of steps that may be given again. Times are epoch milliseconds. */
export type StepCache = {
  get(key: string, now: number): { readonly output: Json } | undefined;
  set(key: string, entry: { readonly output: Json; readonly expiresAt: number }): void;
};

const MAX_ENTRIES = 10_000;

/** Keeps the results that were stored last; what is over its time is forgotten when it is asked for. */
export const createStepCache = (): StepCache => {
  const entries = new Map<string, { readonly output: Json; readonly expiresAt: number }>();
  return {
    get: (key, now) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt > now) return entry;
      entries.delete(key);
      return undefined;
    },
    set: (key, entry) => {
      entries.delete(key);
      entries.set(key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES) break;
        entries.delete(oldest);
      }
    },
  };
};
