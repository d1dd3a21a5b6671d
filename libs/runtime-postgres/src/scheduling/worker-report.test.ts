import { expect, test } from 'vitest';
import { RunAdmission } from './run-admission.ts';
import { createTaskGate } from './task-gate.ts';
import { type Limits, NO_LIMITS } from './tenant-limits.ts';
import { createReport } from './worker-report.ts';

const limits: Limits = {
  of: (tenantId) => (tenantId === 'a' ? { ...NO_LIMITS, maxConcurrentTasks: 1, maxRunsPerMinute: 1 } : NO_LIMITS),
  ofPipeline: () => null,
};

test('tells how full the worker is, and with whose work', () => {
  const now = () => 0;
  const admission = new RunAdmission({ maxRuns: 8, limits, now });
  const taskGate = createTaskGate({ maxTasks: 16, limits, now });
  admission.admit([{ runId: 'r', tenantId: 'a', pipelineId: 'p', priority: 0, createdAt: new Date(0) }]);
  for (const tenantId of ['a', 'a', 'b']) taskGate.enter({ tenantId, priority: 0 }, () => undefined);
  expect(createReport({ admission, taskGate, epochNow: () => 1_000 })).toEqual({
    maxRuns: 8,
    reservedRuns: 1,
    activeRuns: 1,
    maxTasks: 16,
    activeTasks: 2,
    tenants: {
      a: { activeRuns: 1, activeTasks: 1, queuedTasks: 1, rateFullUntil: 61_000 },
      b: { activeRuns: 0, activeTasks: 1, queuedTasks: 0 },
    },
  });
});
