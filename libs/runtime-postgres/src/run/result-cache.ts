import type { Json } from '@ia-modules/engine';
import { LRUCache } from 'lru-cache';

/** Results of steps that may be given again instead of the work, as long as the process runs. */
export type ResultCache = {
  read(key: string): Json | undefined;
  /** What takes too much space is not kept. */
  write(key: string, output: Json, ttlMs: number): void;
};

/** All tenants share this space, so that none of them can use up the worker's memory. */
const MAX_CHARS = 64 * 1_024 * 1_024;
const MAX_RESULT_CHARS = 1_024 * 1_024;

/** Starts empty; of too many results those that were not asked for longest are forgotten. */
export const createResultCache = (): ResultCache => {
  const texts = new LRUCache<string, string>({
    maxSize: MAX_CHARS,
    maxEntrySize: MAX_RESULT_CHARS,
    sizeCalculation: (text, key) => text.length + key.length,
  });
  return {
    read: (key) => {
      const text = texts.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    write: (key, output, ttlMs) => {
      texts.set(key, JSON.stringify(output), { ttl: Math.max(1, Math.ceil(ttlMs)) });
    },
  };
};
