import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TenantLimits } from '../../src/scheduling/tenant-limits.ts';
import { simulateRuns } from './simulate-runs.ts';
import { limitsOf, simulateTasks } from './simulate-tasks.ts';

const TENANTS = ['a', 'b', 'c', 'd'];

const limit = fc.option(fc.integer({ min: 1, max: 6 }), { nil: null });
const tenantLimits = fc.record<TenantLimits>({
  weight: fc.integer({ min: 1, max: 20 }),
  maxConcurrentRuns: limit,
  maxConcurrentTasks: limit,
  maxRunsPerMinute: fc.option(fc.integer({ min: 1, max: 30 }), { nil: null }),
});
const limits = fc
  .record({
    tenants: fc.dictionary(fc.constantFrom(...TENANTS), tenantLimits),
    pipelines: fc.dictionary(fc.constantFrom('p', 'q'), fc.integer({ min: 1, max: 3 })),
  })
  .map(({ tenants, pipelines }) => limitsOf(tenants, pipelines));
const load = fc
  .record({
    tenantId: fc.constantFrom(...TENANTS),
    pipelineId: fc.constantFrom('p', 'q', 'r'),
    count: fc.integer({ min: 1, max: 30 }),
    firstAt: fc.nat(1_000),
    everyMs: fc.nat(200),
    shortestMs: fc.nat(500),
    spreadMs: fc.integer({ min: 1, max: 2_000 }),
    priority: fc.integer({ min: -3, max: 3 }),
  })
  .map(({ shortestMs, spreadMs, ...rest }) => ({
    ...rest,
    durationMs: (index: number) => shortestMs + ((index * 37) % spreadMs),
  }));
const loads = fc.array(load, { minLength: 1, maxLength: 6 });
const places = fc.integer({ min: 1, max: 24 });

const reserveOf = (count: number): number => (count < 4 ? 0 : Math.max(1, Math.floor(count / 8)));
const isBelow = (active: number, most: number | null): boolean => most === null || active < most;

test('tasks: no limit is exceeded, no place but the reserve is free while one waits that may have it, and all are done', () => {
  fc.assert(
    fc.property(places, loads, limits, (maxTasks, sent, set) => {
      const served = simulateTasks({
        maxTasks,
        loads: sent,
        limits: set,
        inspect: (gate) => {
          const tenants = [...gate.tenants()];
          expect(gate.activeTasks).toBeLessThanOrEqual(maxTasks);
          expect(tenants.reduce((sum, [, { activeTasks }]) => sum + activeTasks, 0)).toBe(gate.activeTasks);
          for (const [tenantId, { activeTasks, queuedTasks }] of tenants) {
            const { maxConcurrentTasks } = set.of(tenantId);
            expect(activeTasks).toBeLessThanOrEqual(maxConcurrentTasks ?? maxTasks);
            const mayHaveMore = queuedTasks > 0 && isBelow(activeTasks, maxConcurrentTasks);
            expect(!mayHaveMore || maxTasks - gate.activeTasks <= reserveOf(maxTasks)).toBe(true);
          }
        },
      });
      expect(served.every(({ begunAt, arrivedAt }) => begunAt >= arrivedAt)).toBe(true);
    }),
  );
});

test('runs: no limit is exceeded, no place but the reserve is free while one waits that may have it, and all are done', () => {
  fc.assert(
    fc.property(places, loads, limits, (maxRuns, sent, set) => {
      const served = simulateRuns({
        maxRuns,
        loads: sent,
        limits: set,
        inspect: (admission, pending) => {
          expect(admission.activeRuns).toBeLessThanOrEqual(maxRuns);
          for (const tenantId of admission.tenants()) {
            expect(admission.activeRunsOf(tenantId)).toBeLessThanOrEqual(set.of(tenantId).maxConcurrentRuns ?? maxRuns);
          }
          const fullPipelines = new Set(admission.fullPipelines());
          const admissible = pending.filter(
            ({ tenantId, pipelineId }) =>
              isBelow(admission.activeRunsOf(tenantId), set.of(tenantId).maxConcurrentRuns) &&
              !fullPipelines.has(pipelineId) &&
              admission.rateWaitMs(tenantId) === 0,
          );
          expect(admissible.length === 0 || admission.freePlaces <= reserveOf(maxRuns)).toBe(true);
        },
      });
      expect(served.every(({ begunAt, arrivedAt }) => begunAt >= arrivedAt)).toBe(true);
      for (const [pipelineId, ofPipeline] of Map.groupBy(served, (run) => run.pipelineId)) {
        const most = set.ofPipeline(pipelineId) ?? maxRuns;
        for (const { begunAt: at } of ofPipeline) {
          const active = ofPipeline.filter(({ begunAt, endedAt }) => begunAt <= at && endedAt > at);
          expect(active.length).toBeLessThanOrEqual(most);
        }
      }
      for (const [tenantId, ofTenant] of Map.groupBy(served, (run) => run.tenantId)) {
        const starts = ofTenant.map(({ begunAt }) => begunAt);
        const most = set.of(tenantId).maxRunsPerMinute ?? starts.length;
        for (const from of starts) {
          expect(starts.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(most);
        }
      }
    }),
  );
});
