import { expect, it } from 'vitest';
import { createAttemptLimit } from './attempt-limit.ts';

it('bounds what an address tries in a minute, and no other address', () => {
  let nowMs = 0;
  const limit = createAttemptLimit(2, () => nowMs);
  expect([1, 2, 3].map(() => limit.isExceeded('a'))).toEqual([false, false, true]);
  expect(limit.isExceeded('b')).toBe(false);
  nowMs = 60_000;
  expect(limit.isExceeded('a')).toBe(false);
});

it('remembers a bounded number of addresses', () => {
  const limit = createAttemptLimit(1, () => 0);
  for (let index = 0; index < 10_000; index += 1) limit.isExceeded(`address ${index}`);
  expect([limit.isExceeded('new'), limit.isExceeded('newer')]).toEqual([false, true]);
});
