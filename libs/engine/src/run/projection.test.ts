import { expect, it } from 'vitest';
import type { EventDraft, RunEvent } from './events.ts';
import { createProjection, projectRun } from './projection.ts';

const log = (...drafts: EventDraft[]): RunEvent[] =>
  drafts.map((draft, index) => ({ ...draft, runId: 'r', seq: index + 1, at: index * 10 }));
const started: EventDraft = {
  type: 'run_started',
  data: { parameters: { n: 1 }, trigger: { type: 'manual' }, pipeline: {} },
};
const plugin = { name: '@c/p', version: '1.0.0', integrity: 'sha512-x' };

it('shows a run as it goes, event by event', () => {
  const { view, apply } = createProjection({ stepIds: ['a', 'b'] });
  expect(view).toMatchObject({ status: 'pending', steps: { a: { status: 'pending' } } });
  const [first, ...rest] = log(
    started,
    { type: 'task_scheduled', stepId: 'a', attempt: 1, data: { uses: 'x.y', input: {} } },
    { type: 'task_started', stepId: 'a', attempt: 1, data: { worker: 'w', plugin } },
    {
      type: 'task_failed',
      stepId: 'a',
      attempt: 1,
      data: { error: { name: 'E', code: 'C', message: 'm', retryable: true } },
    },
    { type: 'timer_set', stepId: 'a', attempt: 2, data: { fireAt: 100, purpose: 'retry' } },
    { type: 'run_waiting', data: { reason: 'retry' } },
  );
  if (first) apply(first);
  expect(view).toMatchObject({ status: 'running', startedAt: 0, parameters: { n: 1 } });
  for (const event of rest) apply(event);
  expect(view).toMatchObject({ status: 'waiting', waitReason: 'retry', seq: 6 });
  expect(view.steps['a']).toMatchObject({
    status: 'waiting',
    attempts: 1,
    iterations: 1,
    startedAt: 10,
    plugin,
    worker: 'w',
    error: { message: 'm' },
  });
  expect(view.steps['b']).toMatchObject({ status: 'pending', iterations: 0 });
});

it('ends steps that never became ready as skipped', () => {
  const view = projectRun(
    log(
      started,
      { type: 'run_resumed', data: {} },
      { type: 'step_skipped', stepId: 'b', data: {} },
      { type: 'run_canceled', data: { reason: 'r' } },
    ),
    { stepIds: ['a', 'b'] },
  );
  expect(view).toMatchObject({
    status: 'canceled',
    finishedAt: 30,
    steps: { a: { status: 'skipped' }, b: { status: 'skipped', finishedAt: 20 } },
  });
});

it('counts every execution of a step', () => {
  const view = projectRun(
    log(
      started,
      { type: 'step_succeeded', stepId: 'a', iteration: '1', data: { output: 1 } },
      { type: 'step_succeeded', stepId: 'a', iteration: '2', data: { output: 2 } },
      { type: 'task_started', stepId: 'b', attempt: 1, data: {} },
    ),
  );
  expect(view.steps).toMatchObject({ a: { iterations: 2, output: 2 }, b: { status: 'running', plugin: null } });
});
