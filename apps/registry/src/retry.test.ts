import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRetry } from './retry.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('tries again until it succeeds, ever more slowly', async () => {
  const triedAtMs: number[] = [];
  const start = Date.now();
  const retry = createRetry(
    async () => {
      triedAtMs.push(Date.now() - start);
      if (triedAtMs.length < 5) throw new Error('not yet');
    },
    10,
    50,
  );
  retry.schedule();
  retry.schedule();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(triedAtMs).toEqual([10, 30, 70, 120, 170]);
});

it('does what is asked for anew without waiting for the next try, and nothing once stopped', async () => {
  let tries = 0;
  const retry = createRetry(
    async () => {
      tries += 1;
      throw new Error('never');
    },
    10,
    10_000,
  );
  retry.schedule();
  await vi.advanceTimersByTimeAsync(2_000);
  const before = tries;
  retry.schedule();
  await vi.advanceTimersByTimeAsync(11);
  expect(tries).toBe(before + 1);
  retry.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries).toBe(before + 1);
});
