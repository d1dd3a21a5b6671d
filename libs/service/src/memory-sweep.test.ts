import { afterEach, expect, test } from 'vitest';
import { startMemorySweep } from './memory-sweep.ts';

const MEBIBYTE = 2 ** 20;
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const litter = (): number => Array.from({ length: 400 }, () => 'x'.repeat(MEBIBYTE / 2).split('')).length;

test('an idle process gives back what a burst has left behind', async () => {
  const before = process.memoryUsage().heapTotal;
  ends.push(startMemorySweep({ intervalMs: 50, toleranceBytes: 16 * MEBIBYTE, idleShare: 1 }));
  expect(litter()).toBe(400);
  await expect.poll(() => process.memoryUsage().heapTotal - before, { timeout: 15_000 }).toBeLessThan(64 * MEBIBYTE);
});
