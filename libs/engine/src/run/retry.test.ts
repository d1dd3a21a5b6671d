import { expect, it } from 'vitest';
import type { RecordedError } from './events.ts';
import type { RetryPolicy } from './plan.ts';
import { retryDelayMs, shouldRetry } from './retry.ts';

const policy: RetryPolicy = {
  maxAttempts: 3,
  initialDelayMs: 100,
  maxDelayMs: 350,
  factor: 2,
  jitter: false,
  on: null,
};
const error: RecordedError = { name: 'NetworkError', code: 'IA_TASK_FAILED', message: 'm', retryable: true };

it('doubles the delay up to its cap', () => {
  const delays = [1, 2, 3, 4].map((attempt) => retryDelayMs(policy, { attempt, seed: 1, taskKey: 'a' }));
  expect(delays).toEqual([100, 200, 350, 350]);
});

it('jitters between half and all of the delay, the same for the same seed and task', () => {
  const jittered = { ...policy, jitter: true };
  const delays = Array.from({ length: 50 }, (_, seed) => retryDelayMs(jittered, { attempt: 1, seed, taskKey: 'a' }));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThanOrEqual(100);
  expect(new Set(delays).size).toBeGreaterThan(20);
  expect(retryDelayMs(jittered, { attempt: 1, seed: 3, taskKey: 'a' })).toBe(delays[3]);
});

it('retries what is retryable, named and has attempts left', () => {
  expect(shouldRetry(null, 1, error)).toBe(false);
  expect(shouldRetry(policy, 2, error)).toBe(true);
  expect(shouldRetry(policy, 3, error)).toBe(false);
  expect(shouldRetry(policy, 1, { ...error, retryable: false })).toBe(false);
  expect(shouldRetry({ ...policy, on: ['NetworkError'] }, 1, error)).toBe(true);
  expect(shouldRetry({ ...policy, on: ['IA_TASK_FAILED'] }, 1, error)).toBe(true);
  expect(shouldRetry({ ...policy, on: ['TimeoutError'] }, 1, error)).toBe(false);
});
