import type { RecordedError } from './events.ts';
import { fraction } from './fraction.ts';
import type { RetryPolicy } from './plan.ts';

/** Whether a failed attempt shall be made again. What says it is not retryable never is. */
export const shouldRetry = (policy: RetryPolicy | null, attempt: number, error: RecordedError): boolean =>
  policy !== null &&
  attempt < policy.maxAttempts &&
  error.retryable &&
  (policy.on === null || policy.on.includes(error.name) || policy.on.includes(error.code));

/**
 * The wait before the attempt after `attempt`: exponential, capped, and with jitter between half and all of it. The jitter
 * derives from the run's seed and the task, so that a replay waits as long.
 */
export const retryDelayMs = (
  policy: RetryPolicy,
  { attempt, seed, taskKey }: { readonly attempt: number; readonly seed: number; readonly taskKey: string },
): number => {
  const fullMs = Math.min(policy.initialDelayMs * policy.factor ** (attempt - 1), policy.maxDelayMs);
  return Math.round(policy.jitter ? fullMs * (0.5 + 0.5 * fraction(seed, taskKey)) : fullMs);
};
