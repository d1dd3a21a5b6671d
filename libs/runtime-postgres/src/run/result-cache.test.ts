import { expect, test } from 'vitest';
import type { ResultQuery, StoredResult } from '../log/result-rows.ts';
import { createResultCache } from './result-cache.ts';

const step = { tenantId: 't', pipelineId: 'p', stepId: 's' };

const open = (find: (query: ResultQuery) => StoredResult | undefined = () => undefined) => {
  const clock = { at: 1_000, now: () => clock.at };
  return { clock, cache: createResultCache({ clock, find: async (query) => find(query), onGrown: () => undefined }) };
};

test('a result is given again as it was, whatever became of it since', async () => {
  const { cache } = open();
  const output = { rows: [1, null, 'x'] };
  cache.write(step, { key: 'key', output, ttlMs: 60_000 });
  output.rows.push(2);
  expect(await cache.read(step, 'key')).toEqual({ rows: [1, null, 'x'] });
  expect(await cache.read(step, 'other')).toBeUndefined();
  expect(await cache.read({ ...step, tenantId: 'other' }, 'key')).toBeUndefined();
  expect(await cache.read({ ...step, pipelineId: 'other' }, 'key')).toBeUndefined();
});

test('no result at all is a result as well', async () => {
  const { cache } = open();
  cache.write(step, { key: 'key', output: null, ttlMs: 60_000 });
  expect(await cache.read(step, 'key')).toBeNull();
});

test('what takes too much space is not kept', async () => {
  const { cache } = open();
  const result = cache.write(step, { key: 'key', output: 'x'.repeat(2 * 1_024 * 1_024), ttlMs: 60_000 });
  expect(result).toBeUndefined();
  expect(await cache.read(step, 'key')).toBeUndefined();
});

test('a result is over at its time, however long that is', async () => {
  const { cache, clock } = open();
  expect(cache.write(step, { key: 'key', output: 1, ttlMs: 500 })?.expiresAt).toBe(1_500);
  clock.at = 1_499;
  expect(await cache.read(step, 'key')).toBe(1);
  clock.at = 1_500;
  expect(await cache.read(step, 'key')).toBeUndefined();
  const forever = cache.write(step, { key: 'key', output: 1, ttlMs: Number.MAX_VALUE });
  expect(new Date(forever?.expiresAt ?? Number.NaN).getUTCFullYear()).toBe(9_999);
});

test('what was stored is found again, once for as long as memory has it', async () => {
  const asked: ResultQuery[] = [];
  const { cache, clock } = open((query) => {
    asked.push(query);
    return { output: '{"n":1}', expiresAt: 2_000 };
  });
  expect(await cache.read(step, 'key')).toEqual({ n: 1 });
  expect(await cache.read(step, 'key')).toEqual({ n: 1 });
  expect(asked).toHaveLength(1);
  clock.at = 2_000;
  await cache.read(step, 'key');
  expect(asked).toHaveLength(2);
});
