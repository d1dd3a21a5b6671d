import { expect, test } from 'vitest';
import { ExpiringCache } from './expiring-cache.ts';

const counted = (maxEntries = 10) => {
  let nowMs = 0;
  let loads = 0;
  const cache = new ExpiringCache<number>({ keepMs: 100, maxEntries, now: () => nowMs });
  return {
    cache,
    read: (key: string) => cache.read(key, () => Promise.resolve((loads += 1))),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
};

test('an answer is shared until its time is over, or it is forgotten', async () => {
  const { cache, read, pass } = counted();
  expect(await Promise.all([read('a'), read('a')])).toEqual([1, 1]);
  pass(99);
  expect(await read('a')).toBe(1);
  pass(1);
  expect(await read('a')).toBe(2);
  cache.forget('a');
  expect(await read('a')).toBe(3);
  cache.clear();
  expect(await read('a')).toBe(4);
});

test('no more is remembered than there may be', async () => {
  const { read } = counted(2);
  for (const key of ['a', 'b', 'c', 'c']) await read(key);
  expect(await read('a')).toBe(4);
});

test('a failure is asked for again', async () => {
  const { cache, read } = counted();
  await expect(cache.read('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await read('a')).toBe(1);
});
