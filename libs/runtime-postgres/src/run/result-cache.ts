import type { Json } from '@ia-modules/engine';
import { LRUCache } from 'lru-cache';
import type { NewResult, ResultQuery, StoredResult } from '../log/result-rows.ts';
import { digestOf, type StepPlace } from '../log/step-place.ts';
import type { Clock } from './clock.ts';

/** Results of steps that may be given again instead of the work. */
export type ResultCache = {
  /** From memory or else from the database. Rejects when the worker's term is over. */
  read(step: StepPlace, key: string): Promise<Json | undefined>;
  /** Keeps a result, and says what is to be stored with it: nothing of what takes too much space. */
  write(step: StepPlace, made: MadeResult): NewResult | undefined;
};

export type MadeResult = { readonly key: string; readonly ttlMs: number; readonly output: Json };

export type ResultCacheOptions = {
  readonly clock: Pick<Clock, 'now'>;
  readonly find: (query: ResultQuery) => Promise<StoredResult | undefined>;
  readonly onGrown: (tenantId: string) => void;
};

/** All tenants share this space, so that none of them can use up the worker's memory. */
const MAX_CHARS = 64 * 1_024 * 1_024;
const MAX_RESULT_CHARS = 1_024 * 1_024;
const MAX_EXPIRES_AT = Date.UTC(9999, 11, 31);

/** Of too many results those that were not asked for longest leave memory. */
export const createResultCache = ({ clock, find, onGrown }: ResultCacheOptions): ResultCache => {
  const kept = new LRUCache<string, StoredResult>({
    maxSize: MAX_CHARS,
    sizeCalculation: ({ output }, name) => output.length + name.length,
  });

  const findStored = async (query: ResultQuery): Promise<StoredResult | undefined> => {
    const found = await find(query);
    if (found !== undefined) kept.set(nameOf(query), found);
    return found;
  };

  return {
    read: async (step, key) => {
      const query = { ...step, key: digestOf(key) };
      const known = kept.get(nameOf(query));
      const isFresh = known !== undefined && known.expiresAt > clock.now();
      const result = isFresh ? known : await findStored(query);
      return result === undefined ? undefined : (JSON.parse(result.output) as Json);
    },
    write: (step, { key, ttlMs, output }) => {
      const text = JSON.stringify(output);
      if (text.length > MAX_RESULT_CHARS) return undefined;
      const expiresAt = Math.min(clock.now() + Math.max(1, Math.ceil(ttlMs)), MAX_EXPIRES_AT);
      const result = { ...step, key: digestOf(key), output: text, expiresAt };
      kept.set(nameOf(result), { output: text, expiresAt });
      onGrown(step.tenantId);
      return result;
    },
  };
};

const nameOf = ({ tenantId, pipelineId, stepId, key }: ResultQuery): string =>
  `${tenantId}/${pipelineId}/${stepId}/${key}`;
