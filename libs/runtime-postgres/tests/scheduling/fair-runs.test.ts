import { describe, expect, test } from 'vitest';
import { fairnessOf, waitsOf } from './service-record.ts';
import { simulateRuns } from './simulate-runs.ts';
import { limitsOf } from './simulate-tasks.ts';

const FAIR = 0.95;
const tenants = Array.from({ length: 10 }, (_, index) => `t${index}`);

describe('shares while all have runs pending', () => {
  test.for([
    { maxRuns: 1, durationMs: 10 },
    { maxRuns: 20, durationMs: 10 },
    { maxRuns: 20, durationMs: 600_000 },
  ])('one floods with 10,000, another sends 100: $maxRuns places, $durationMs ms each', ({ maxRuns, durationMs }) => {
    const flood = { tenantId: 'a', count: 10_000, durationMs };
    const small = { tenantId: 'b', count: 100, firstAt: durationMs * 1.5, durationMs };
    const served = simulateRuns({ maxRuns, loads: [flood, small] });
    expect(fairnessOf(served, () => 1)).toBeGreaterThan(FAIR);
  });

  test.for([3, 20, 100])('ten tenants, of equal and of unequal weights, on %i places', (maxRuns) => {
    const unequal = limitsOf(Object.fromEntries(tenants.map((tenantId, index) => [tenantId, { weight: index + 1 }])));
    for (const limits of [limitsOf(), unequal]) {
      const loads = tenants.map((tenantId, index) => ({
        tenantId,
        count: 100 * limits.of(tenantId).weight,
        durationMs: (run: number) => 100 * (1 + ((run * 7 + index) % 5)),
      }));
      const served = simulateRuns({ maxRuns, loads, limits });
      expect(fairnessOf(served, (tenantId) => limits.of(tenantId).weight)).toBeGreaterThan(FAIR);
    }
  });
});

test('runs of a small tenant begin at once beside a flood of long ones', () => {
  const flood = { tenantId: 'flood', count: 2_000, durationMs: 60_000 };
  const small = { tenantId: 'small', firstAt: 90_000, everyMs: 1_000, count: 500, durationMs: 900 };
  const served = simulateRuns({ maxRuns: 40, loads: [flood, small] });
  expect(Math.max(...waitsOf(served, 'small'))).toBe(0);
});

test('a low priority does not starve', () => {
  const floodOfHigh = { tenantId: 'a', count: 1_200, everyMs: 1_000, durationMs: 4_000, priority: 5 };
  const low = { tenantId: 'a', firstAt: 60_000, count: 1, durationMs: 4_000, priority: 0 };
  const served = simulateRuns({ maxRuns: 3, loads: [floodOfHigh, low] });
  const [waitedMs = Number.NaN] = served
    .filter(({ priority }) => priority === 0)
    .map((run) => run.begunAt - run.arrivedAt);
  expect(waitedMs).toBeGreaterThan(60_000);
  expect(waitedMs).toBeLessThan((60_000 + 5 * 60_000) * (4 / 3));
});

test('a rate spreads the runs over the minutes', () => {
  const limits = limitsOf({ a: { maxRunsPerMinute: 30 } });
  const served = simulateRuns({ maxRuns: 100, loads: [{ tenantId: 'a', count: 90, durationMs: 10 }], limits });
  expect(waitsOf(served, 'a').map((wait) => wait / 60_000)).toEqual(
    [0, 1, 2].flatMap((minute) => Array(30).fill(minute)),
  );
});
