import { expect, it } from 'vitest';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { chainOf, startSession, type SessionSteps } from '../testing/memory-session.ts';
import type { RunEvent } from '../run/events.ts';
import { startInMemory } from './run-in-memory.ts';

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
