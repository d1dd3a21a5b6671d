import { expect, test } from 'vitest';
import { type Candidate, RunAdmission } from './run-admission.ts';
import { type Limits, NO_LIMITS, type TenantLimits } from './tenant-limits.ts';

const limitsWith = (
  tenants: Record<string, Partial<TenantLimits>> = {},
  pipelines: Record<string, number> = {},
): Limits => ({
  of: (tenantId) => ({ ...NO_LIMITS, ...tenants[tenantId] }),
  ofPipeline: (pipelineId) => pipelines[pipelineId] ?? null,
});

const candidate = (runId: string, rest: Partial<Candidate> = {}): Candidate => ({
  runId,
  tenantId: 'a',
  pipelineId: 'p',
  priority: 0,
  createdAt: new Date(0),
  ...rest,
});

const idsOf = (runs: readonly Candidate[]): string[] => runs.map(({ runId }) => runId);

test('lets in as many as there are places, by turns between tenants', () => {
  const admission = new RunAdmission({ maxRuns: 3, limits: limitsWith(), now: () => 0 });
  const flood = ['a1', 'a2', 'a3', 'a4'].map((runId) => candidate(runId));
  const pending = [...flood, candidate('b1', { tenantId: 'b' })];
  expect(idsOf(admission.admit(pending))).toEqual(['a1', 'b1', 'a2']);
  expect(admission.freePlaces).toBe(0);
  expect(admission.isHoldingBack()).toBe(true);
  expect(['a1', 'a1'].map((runId) => admission.noteIdle(runId))).toEqual([true, false]);
  expect(idsOf(admission.admit(pending.slice(1)))).toEqual(['a3']);
  for (const runId of ['a2', 'a3', 'b1', 'b1']) admission.noteIdle(runId);
  expect(idsOf(admission.admit([candidate('a4')]))).toEqual(['a4']);
  expect(admission.isHoldingBack()).toBe(false);
});

test('within a tenant the higher priority comes first, but a minute of waiting is worth a point', () => {
  const admission = new RunAdmission({ maxRuns: 10, limits: limitsWith(), now: () => 0 });
  const at = (seconds: number): Date => new Date(seconds * 1_000);
  const pending = [
    candidate('high', { priority: 2, createdAt: at(119) }),
    candidate('late', { priority: 2, createdAt: at(121) }),
    candidate('low', { createdAt: at(0) }),
  ];
  expect(idsOf(admission.admit(pending))).toEqual(['high', 'low', 'late']);
});

test('a full pipeline holds its own runs back and lets others of the tenant pass', () => {
  const admission = new RunAdmission({ maxRuns: 10, limits: limitsWith({}, { p: 1 }), now: () => 0 });
  const pending = [candidate('p1'), candidate('p2'), candidate('q1', { pipelineId: 'q', createdAt: new Date(5) })];
  expect(idsOf(admission.admit(pending))).toEqual(['p1', 'q1']);
  expect(admission.fullPipelines()).toEqual(['p']);
  expect(admission.isHoldingBack()).toBe(true);
  admission.noteIdle('p1');
  expect(admission.fullPipelines()).toEqual([]);
  expect(idsOf(admission.admit(pending.slice(1, 2)))).toEqual(['p2']);
});

test('a run that comes back from a wait counts even above the limit, and new ones are held', () => {
  const limits = limitsWith({ a: { maxConcurrentRuns: 1 } });
  const admission = new RunAdmission({ maxRuns: 2, limits, now: () => 0 });
  const first = candidate('first');
  admission.admit([first]);
  admission.noteIdle('first');
  expect(idsOf(admission.admit([candidate('second')]))).toEqual(['second']);
  admission.noteActive(first);
  admission.noteActive(first);
  expect(admission.activeRunsOf('a')).toBe(2);
  expect(admission.fullTenants()).toEqual(['a']);
  admission.noteIdle('first');
  expect(admission.admit([candidate('third')])).toEqual([]);
  admission.noteIdle('second');
  expect(idsOf(admission.admit([candidate('third')]))).toEqual(['third']);
});

test('the rate of a tenant holds the next run back until its minute has passed', () => {
  let now = 0;
  const limits = limitsWith({ a: { maxRunsPerMinute: 2 } });
  const admission = new RunAdmission({ maxRuns: 10, limits, now: () => now });
  expect(admission.nextStartInMs()).toBeUndefined();
  const pending = ['1', '2', '3'].map((runId) => candidate(runId));
  expect(idsOf(admission.admit(pending))).toEqual(['1', '2']);
  for (const runId of ['1', '2']) admission.noteIdle(runId);
  now = 20_000;
  expect(admission.fullTenants()).toEqual(['a']);
  expect(admission.nextStartInMs()).toBe(40_000);
  expect(admission.admit(pending.slice(2))).toEqual([]);
  now = 60_000;
  expect(idsOf(admission.admit(pending.slice(2)))).toEqual(['3']);
});

test('no more than asked for are let in', () => {
  const admission = new RunAdmission({ maxRuns: 10, limits: limitsWith(), now: () => 0 });
  const pending = ['1', '2', '3'].map((runId) => candidate(runId));
  expect(idsOf(admission.admit(pending, 2))).toEqual(['1', '2']);
  expect(admission.isHoldingBack()).toBe(true);
  expect(idsOf(admission.admit(pending))).toEqual(['3']);
});
