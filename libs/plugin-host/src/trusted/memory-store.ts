import { PluginError } from '@ia-modules/plugin-sdk';
import type { KeyValueStore } from '@ia-modules/plugin-sdk/trusted';

/** How much one tenant may keep; every store holds the same bounds. */
export const STORE_LIMITS = { keyChars: 500, valueChars: 262_144, values: 10_000 } as const;

type Entry = { readonly value: string; readonly endsAt: number };

/** Keeps values as long as this process lives: for the command line and for tests. */
export const createMemoryStore = (now: () => number = Date.now): KeyValueStore => {
  const entries = new Map<string, Entry>();
  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.endsAt > now()) return entry;
    entries.delete(key);
    return undefined;
  };
  const dropOver = (): void => {
    for (const [key, { endsAt }] of entries) if (endsAt <= now()) entries.delete(key);
  };
  const put = (key: string, value: string, ttlMs: number = Infinity): void => {
    checkStored(key, value);
    if (!entries.has(key) && entries.size >= STORE_LIMITS.values) dropOver();
    if (!entries.has(key) && entries.size >= STORE_LIMITS.values) throw storeFull();
    entries.set(key, { value, endsAt: now() + ttlMs });
  };
  return {
    get: async (key) => find(key)?.value,
    set: async (key, value, { ttlMs, onlyIfAbsent = false } = {}) => {
      if (onlyIfAbsent && find(key) !== undefined) return false;
      put(key, value, ttlMs);
      return true;
    },
    delete: async (key) => find(key) !== undefined && entries.delete(key),
    add: async (key, by, { ttlMs } = {}) => {
      const known = find(key);
      const sum = Number(known?.value ?? 0) + by;
      if (!Number.isFinite(sum)) throw notANumber(key);
      put(key, String(sum), known === undefined ? ttlMs : known.endsAt - now());
      return sum;
    },
  };
};

/** @throws PluginError `IA_PLUGIN_LIMIT` */
export const checkStored = (key: string, value: string): void => {
  if (key.length <= STORE_LIMITS.keyChars && value.length <= STORE_LIMITS.valueChars) return;
  throw new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A stored key has at most ${STORE_LIMITS.keyChars} characters, its value ${STORE_LIMITS.valueChars}.`,
  });
};

export const storeFull = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A tenant keeps at most ${STORE_LIMITS.values} values.`,
    hint: 'Delete some, or give values a time to live.',
  });

export const notANumber = (key: string): PluginError =>
  new PluginError({ message: `What is stored as "${key.slice(0, 100)}" is no number.` });
