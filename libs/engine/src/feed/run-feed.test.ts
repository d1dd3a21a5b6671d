import type { MetricPoint } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { withSecrets } from '../executor/with-secrets.ts';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { chainOf, startSession, type SessionSteps } from '../testing/memory-session.ts';
import type { RunEvent } from '../run/events.ts';
import { startInMemory } from '../memory/run-in-memory.ts';
import { metricPoints } from './metric-points.ts';

type Report = { readonly events: readonly RunEvent[]; readonly config: unknown };
const reportOf = ({ input }: TaskRequest): Report => input as unknown as Report;

const ids = Array.from({ length: 1_200 }, (_, index) => `s${index}`);
const pipeline = {
  steps: ids.map((id) => ({ id, uses: 'core.noop' })),
  flow: { transitions: chainOf(...ids) },
  reporters: [{ uses: 'test.report', with: { to: 'log' } }],
};

it('hands over every event, once, in order and in batches', async () => {
  const reports: Report[] = [];
  const { done, events } = startSession(pipeline, {
    steps: { 'test.report': (request) => (reports.push(reportOf(request)), null) },
  });
  expect((await done).view.status).toBe('succeeded');
  expect(reports.flatMap((report) => report.events)).toEqual(events);
  expect(reports.map((report) => report.events.length)).toEqual([500, 500, 202]);
  expect(reports[0]?.config).toEqual({ to: 'log' });
});

it('goes on after a report that failed, and never changes the run', async () => {
  let calls = 0;
  const steps: SessionSteps = {
    'test.report': () => {
      calls += 1;
      throw new Error('no disk');
    },
  };
  const { done, events } = startSession(pipeline, { steps });
  expect((await done).view.status).toBe('succeeded');
  expect(calls).toBe(3);
  expect(events.filter(({ type }) => type.startsWith('task_'))).toEqual([]);
});

it('bears executors that throw at once', async () => {
  const { plan } = startSession(pipeline);
  const executor: TaskExecutor = {
    execute: () => {
      throw new Error('at once');
    },
  };
  expect((await startInMemory({ plan, executor }).done).view.status).toBe('succeeded');
});

it('tells several reporters the same', async () => {
  const seen = new Map<string, number>();
  const report = (request: TaskRequest): null => {
    seen.set(request.uses, (seen.get(request.uses) ?? 0) + reportOf(request).events.length);
    return null;
  };
  const { done, events } = startSession(
    { steps: [{ id: 'a', uses: 'core.noop' }], reporters: [{ uses: 'test.one' }, { uses: 'test.two' }] },
    { steps: { 'test.one': report, 'test.two': report } },
  );
  await done;
  expect([...seen]).toEqual([
    ['test.one', events.length],
    ['test.two', events.length],
  ]);
});

it('hands what the events measure to exporters, in batches, beside what reporters get', async () => {
  const calls: TaskRequest[] = [];
  const note = (request: TaskRequest): null => (calls.push(request), null);
  const { done, events } = startSession(
    { ...pipeline, exporters: [{ uses: 'test.export', with: { to: 'statsd' } }] },
    { steps: { 'test.report': note, 'test.export': note } },
  );
  await done;
  const exported = calls
    .filter(({ kind }) => kind === 'exporter')
    .map(({ input }) => input as { points: MetricPoint[] });
  const points = metricPoints(events, { pipeline: 'session' });
  expect(exported.flatMap((call) => call.points)).toEqual(points);
  expect(exported.map((call) => call.points.length)).toEqual([500, 500, points.length - 1_000]);
  expect(exported[0]).toMatchObject({ config: { to: 'statsd' } });
  expect(calls.filter(({ kind }) => kind === 'reporter')).toHaveLength(3);
});

it('gets secrets that its configuration names, and so do conditions; none of them is recorded', async () => {
  const given = new Map<string, unknown>();
  const executor: TaskExecutor = {
    execute: async ({ uses, input, kind }) => {
      given.set(uses, (input as { readonly config: unknown }).config);
      return kind === 'condition' ? true : null;
    },
  };
  const condition = { type: 'plugin', plugin: 'test.ask', config: { key: 'k {{ secrets.ASK }}', n: 1 } };
  const { plan } = startSession({
    steps: ['a', 'b'].map((id) => ({ id, uses: 'core.noop' })),
    flow: { transitions: [{ from: 'a', to: 'b', condition }] },
    reporters: [{ uses: 'test.report', with: { list: ['{{ secrets.REPORT }}'] } }],
    exporters: [{ uses: 'test.export', with: { key: '{{ secrets.EXPORT }}' } }],
  });
  const log: RunEvent[] = [];
  const secretive = withSecrets(executor, (name) => `value of ${name}`);
  const { view } = await startInMemory({ plan, executor: secretive, onEvent: (event) => log.push(event) }).done;
  expect(view.status).toBe('succeeded');
  expect(Object.fromEntries(given)).toEqual({
    'test.ask': { key: 'k value of ASK', n: 1 },
    'test.report': { list: ['value of REPORT'] },
    'test.export': { key: 'value of EXPORT' },
  });
  expect(JSON.stringify(log)).toContain('k ***');
  expect(JSON.stringify(log)).not.toContain('value of');
});
