import { describe, expect, it } from 'vitest';
import { createAttemptWatch, GRACE_MS } from './attempt-watch.ts';

const attempt = (stepId: string, timeoutMs: number | null) => ({ stepId, attempt: 1, timeoutMs });

const watching = (...attempts: readonly ReturnType<typeof attempt>[]) => {
  const watch = createAttemptWatch();
  for (const [id, each] of attempts.entries()) watch.take({ type: 'attempt_began', id, ...each });
  return watch;
};

describe('an attempt', () => {
  it('is overdue some time after its timeout', () => {
    const watch = watching(attempt('a', 2_000));
    expect(watch.pass(2_000)).toEqual([]);
    expect(watch.pass(GRACE_MS)).toEqual([attempt('a', 2_000)]);
  });

  it('is not overdue while another one may hold it up', () => {
    const watch = watching(attempt('a', 2_000), attempt('b', 60_000));
    expect(watch.pass(2_000 + GRACE_MS)).toEqual([]);
    expect(watch.pass(58_000)).toEqual([attempt('a', 2_000), attempt('b', 60_000)]);
  });

  it('is never overdue without a timeout, or once it has ended', () => {
    expect(watching(attempt('a', null)).pass(1e12)).toEqual([]);
    const watch = watching(attempt('a', 2_000), attempt('b', 2_000));
    watch.take({ type: 'attempt_ended', id: 1 });
    expect(watch.pass(2_000 + GRACE_MS)).toEqual([attempt('a', 2_000)]);
    watch.take({ type: 'attempt_ended', id: 0 });
    expect(watch.pass(1e12)).toEqual([]);
  });
});
