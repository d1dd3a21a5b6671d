import { describe, expect, test } from 'vitest';
import { fairnessOf, percentile, waitsOf } from './service-record.ts';
import { type Load, limitsOf, simulateTasks } from './simulate-tasks.ts';

const FAIR = 0.95;
const LONG_MS = 60_000;

const tenants = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`);

/** Between a half and the whole of the longest. */
const upTo =
  (longestMs: number) =>
  (index: number): number =>
    longestMs * (0.5 + (index % 11) / 20);

describe('shares while all have work waiting', () => {
  test.for([
    { maxTasks: 1, durationMs: 1 },
    { maxTasks: 3, durationMs: 10_000 },
    { maxTasks: 16, durationMs: 10 },
    { maxTasks: 16, durationMs: 600_000 },
    { maxTasks: 64, durationMs: 1 },
  ])('one floods with 10,000, another sends 100: $maxTasks places, $durationMs ms each', ({ maxTasks, durationMs }) => {
    const flood = { tenantId: 'a', count: 10_000, durationMs };
    const small = { tenantId: 'b', count: 100, firstAt: durationMs * 1.5, durationMs };
    const served = simulateTasks({ maxTasks, loads: [flood, small] });
    expect(fairnessOf(served, () => 1)).toBeGreaterThan(FAIR);
  });

  test.for([2, 8, 64])('ten tenants, of equal and of unequal weights, on %i places', (maxTasks) => {
    const unequal = limitsOf(
      Object.fromEntries(tenants(10).map((tenantId, index) => [tenantId, { weight: index + 1 }])),
    );
    for (const limits of [limitsOf(), unequal]) {
      const loads = tenants(10).map((tenantId, index) => ({
        tenantId,
        count: 100 * limits.of(tenantId).weight,
        durationMs: (task: number) => 100 * (1 + ((task * 7 + index) % 5)),
      }));
      const served = simulateTasks({ maxTasks, loads, limits });
      expect(fairnessOf(served, (tenantId) => limits.of(tenantId).weight)).toBeGreaterThan(FAIR);
    }
  });

  test('a tenant with tasks ten times as long gets no more time', () => {
    const long = { tenantId: 'long', count: 500, durationMs: 10_000 };
    const short = { tenantId: 'short', count: 5_000, durationMs: 1_000 };
    const served = simulateTasks({ maxTasks: 16, loads: [long, short] });
    expect(fairnessOf(served, () => 1)).toBeGreaterThan(FAIR);
  });

  test('more tenants than places', () => {
    const limits = limitsOf(
      Object.fromEntries(tenants(50).map((tenantId, index) => [tenantId, { weight: 1 + (index % 5) }])),
    );
    const loads = tenants(50).map((tenantId) => ({ tenantId, count: 40 * limits.of(tenantId).weight, durationMs: 50 }));
    const served = simulateTasks({ maxTasks: 8, loads, limits });
    expect(fairnessOf(served, (tenantId) => limits.of(tenantId).weight)).toBeGreaterThan(FAIR);
  });
});

describe('what one tenant did not use or used alone', () => {
  test('an idle time is no credit', () => {
    const always = { tenantId: 'always', count: 4_000, durationMs: 100 };
    const later = { tenantId: 'later', firstAt: 20_000, count: 1_000, durationMs: 100 };
    const served = simulateTasks({ maxTasks: 8, loads: [always, later] });
    expect(fairnessOf(served, () => 1)).toBeGreaterThan(FAIR);
  });

  test('places that nobody else wanted are no debt', () => {
    const alone = { tenantId: 'a', count: 7, durationMs: LONG_MS };
    const both: Load[] = ['a', 'b'].map((tenantId) => ({ tenantId, firstAt: LONG_MS, count: 400, durationMs: 100 }));
    const served = simulateTasks({ maxTasks: 8, loads: [alone, ...both] }).filter(({ arrivedAt }) => arrivedAt > 0);
    expect(fairnessOf(served, () => 1)).toBeGreaterThan(FAIR);
  });
});

describe('how long a small tenant waits beside a flood of long tasks', () => {
  const flood = { tenantId: 'flood', count: 2_000, durationMs: upTo(LONG_MS) };
  const small = { tenantId: 'small', firstAt: LONG_MS * 2, everyMs: LONG_MS / 5, count: 200, durationMs: LONG_MS / 10 };

  test.for([4, 16, 256])('not at all while its tasks fit into the reserve of %i places', (maxTasks) => {
    const served = simulateTasks({ maxTasks, loads: [flood, small] });
    expect(Math.max(...waitsOf(served, 'small'))).toBe(0);
  });

  test.for([2, 3])('with %i places, which have no reserve: until one task ends', (maxTasks) => {
    const served = simulateTasks({ maxTasks, loads: [flood, small] });
    expect(Math.max(...waitsOf(served, 'small'))).toBeLessThanOrEqual(LONG_MS);
  });

  test('ten small tenants on 8 places: 99 of 100 tasks within the ends of two tasks', () => {
    const loads = tenants(10).map((tenantId, index) => ({
      tenantId,
      firstAt: LONG_MS * 2 + index,
      everyMs: LONG_MS * 2,
      count: 50,
      durationMs: LONG_MS / 10,
    }));
    const served = simulateTasks({ maxTasks: 8, loads: [flood, ...loads] });
    const waits = tenants(10).flatMap((tenantId) => waitsOf(served, tenantId));
    // Ten ends free ten places; seven tasks of the flood end within LONG_MS, and the reserve turns over meanwhile.
    expect(percentile(waits, 0.99)).toBeLessThanOrEqual(LONG_MS * 2);
  });
});

test('a low priority does not starve', () => {
  const floodOfHigh = { tenantId: 'a', count: 1_200, everyMs: 1_000, durationMs: 4_000, priority: 5 };
  const low = { tenantId: 'a', firstAt: 60_000, count: 1, durationMs: 4_000, priority: 0 };
  const served = simulateTasks({ maxTasks: 3, loads: [floodOfHigh, low] });
  const [waitedMs = Number.NaN] = served
    .filter(({ priority }) => priority === 0)
    .map((work) => work.begunAt - work.arrivedAt);
  // More comes than can be done. It is behind what came within the five minutes after it, and that is done a third slower.
  expect(waitedMs).toBeGreaterThan(60_000);
  expect(waitedMs).toBeLessThan((60_000 + 5 * 60_000) * (4 / 3));
});
