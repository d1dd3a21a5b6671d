import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json, RunEvent, TaskExecutor, TaskRequest } from '@ia-modules/engine';
import type { MetricPoint } from '@ia-modules/plugin-sdk';
import { METRICS } from '@ia-modules/telemetry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRuntime, type Runtime } from '../src/index.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
});

afterAll(async () => {
  await fixtures.close();
  await database.drop();
});

const start = async (execute: TaskExecutor['execute']): Promise<Runtime> => {
  const runtime = createRuntime({ databaseUrl: database.urls.worker, executorFor: () => ({ execute }) });
  await runtime.leading;
  return runtime;
};

const WATCHED = {
  reporters: [{ uses: 'test.report' }],
  exporters: [{ uses: 'test.export', with: { to: 'statsd' } }],
};

const seqsOf = (calls: readonly TaskRequest[]): number[] =>
  calls
    .filter(({ kind }) => kind === 'reporter')
    .flatMap(({ input }) => (input as unknown as { events: RunEvent[] }).events.map(({ seq }) => seq));

const pointsOf = (calls: readonly TaskRequest[]): MetricPoint[] =>
  calls
    .filter(({ kind }) => kind === 'exporter')
    .flatMap(({ input }) => (input as unknown as { points: MetricPoint[] }).points);

test('exporters get measurements under the platform’s names, all of them before the run leaves the worker', async () => {
  const calls: TaskRequest[] = [];
  const runtime = await start(async (request, { addCost }) => {
    calls.push(request);
    if (request.kind === 'step') addCost(0.5);
    return request.input;
  });
  try {
    const definition = { name: 'measured', steps: [{ id: 'a', uses: 'test.echo' }], ...WATCHED };
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, definition));
    await fixtures.untilEnded(runId);
    await expect.poll(() => pointsOf(calls).at(-1)?.name).toBe('pipeline.execution.duration_seconds');
    const points = pointsOf(calls);
    expect(points.map(({ name }) => name)).toEqual([
      'pipeline.step.attempts_total',
      'pipeline.cost_usd_total',
      'pipeline.step.duration_seconds',
      'pipeline.execution.duration_seconds',
    ]);
    for (const { name, kind, unit } of points) expect(METRICS).toMatchObject({ [name]: { kind, unit } });
    expect(calls.find(({ kind }) => kind === 'exporter')?.input).toMatchObject({ config: { to: 'statsd' } });
  } finally {
    await runtime.stop();
  }
});

test('whoever goes on with a run repeats nothing to reporters, and measures from its real beginning', async () => {
  const [before, after]: TaskRequest[][] = [[], []];
  const begun = Promise.withResolvers<void>();
  const first = await start((request, { signal }) => {
    before?.push(request);
    if (request.kind !== 'step') return Promise.resolve(null);
    begun.resolve();
    return new Promise<Json>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  const definition = { name: 'handed-over', steps: [{ id: 'a', uses: 'test.hold' }], ...WATCHED };
  const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, definition));
  await begun.promise;
  await expect.poll(() => seqsOf(before ?? []).length).toBeGreaterThan(0);
  await first.stop();
  const second = await start((request) => {
    after?.push(request);
    return Promise.resolve(null);
  });
  try {
    expect((await fixtures.untilEnded(runId)).status).toBe('succeeded');
    const events = await fixtures.events(runId);
    await expect.poll(() => seqsOf(after ?? []).at(-1)).toBe(events.length);
    const heard = [...seqsOf(before ?? []), ...seqsOf(after ?? [])];
    expect(heard).toEqual([...new Set(heard)]);
    await expect.poll(() => pointsOf(after ?? []).at(-1)?.name).toBe('pipeline.execution.duration_seconds');
    const [begin, end] = [events[0], events.at(-1)];
    expect(pointsOf(after ?? []).at(-1)?.value).toBeCloseTo(((end?.at ?? 0) - (begin?.at ?? 0)) / 1_000, 3);
  } finally {
    await second.stop();
  }
});
