import { expect, test } from 'vitest';
import { RateBuckets } from './rate-buckets.ts';

const buckets = () => {
  let nowMs = 0;
  const rate = new RateBuckets({ capacity: 100, restorePerSecond: 10 }, () => nowMs);
  return { rate, pass: (ms: number) => (nowMs += ms) };
};

test('a bucket is spent, tells when there is room, and fills again', () => {
  const { rate, pass } = buckets();
  expect(rate.withdraw('a', 80)).toEqual({ isGranted: true, available: 20 });
  expect(rate.withdraw('a', 50)).toEqual({ isGranted: false, available: 20, retryAfterSeconds: 3 });
  expect(rate.withdraw('b', 50)).toEqual({ isGranted: true, available: 50 });
  pass(3_000);
  expect(rate.withdraw('a', 50)).toEqual({ isGranted: true, available: 0 });
});

test('what was not needed comes back, and never more than the bucket holds', () => {
  const { rate } = buckets();
  rate.withdraw('a', 80);
  expect(rate.settle('a', 60)).toBe(80);
  expect(rate.settle('a', 60)).toBe(100);
  expect(rate.settle('a', -500)).toBe(0);
});

test('what is larger than a bucket needs a full one', () => {
  const { rate } = buckets();
  expect(rate.withdraw('a', 1_000)).toEqual({ isGranted: true, available: 0 });
  expect(rate.withdraw('a', 1_000)).toMatchObject({ isGranted: false, retryAfterSeconds: 10 });
});

test('no number of callers takes more memory than for some thousands', () => {
  const { rate } = buckets();
  for (let index = 0; index < 50_000; index += 1) rate.withdraw(`caller ${index}`, 1);
  expect(rate.withdraw('caller 49999', 100)).toMatchObject({ isGranted: false });
});
