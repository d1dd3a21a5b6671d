import { createProjection, type EventDraft, type RunEvent } from '@ia-modules/engine';
import { expect, test } from 'vitest';
import { createStepTally, type StepTally } from './step-tally.ts';

type Timed = EventDraft & { readonly at: number };

const toLog = (drafts: readonly Timed[]): RunEvent[] =>
  drafts.map((draft, index) => ({ ...draft, runId: 'r', seq: index + 1 }));

const tallyOf = (drafts: readonly Timed[], endedAt: number): StepTally => {
  const tally = createStepTally();
  for (const event of toLog(drafts)) tally.apply(event);
  tally.close(endedAt);
  return tally;
};

const scheduled = (at: number, stepId: string, attempt = 1, place: { index?: string; part?: string } = {}): Timed => ({
  at,
  type: 'task_scheduled',
  stepId,
  attempt,
  ...place,
  data: { uses: 'test.echo', input: null },
});
const failedAttempt = (at: number, stepId: string, costUsd: number): Timed => ({
  at,
  type: 'task_failed',
  stepId,
  data: { error: { name: 'E', code: 'E', message: 'e', retryable: true }, costUsd },
});
const succeeded = (at: number, stepId: string): Timed => ({
  at,
  type: 'step_succeeded',
  stepId,
  data: { output: null },
});

test('attempts beyond the first are retries, and each attempt costs', () => {
  const log = [scheduled(10, 'a'), failedAttempt(20, 'a', 0.5), scheduled(30, 'a', 2), failedAttempt(35, 'a', 0.25)];
  const { figures } = tallyOf([...log, succeeded(40, 'a')], 50).state;
  expect([...figures.values()]).toEqual([
    {
      stepId: 'a',
      status: 'succeeded',
      count: 1,
      retries: 1,
      durationMs: 30,
      costUsd: 0.75,
      histogram: new Map([[70, 1]]),
    },
  ]);
});

test('a mapped step is one execution with the retries of all items, each iteration of a loop is another one', () => {
  const log: Timed[] = [
    { at: 0, type: 'map_started', stepId: 'm', data: { items: [1, 2] } },
    scheduled(1, 'm', 1, { index: '0' }),
    scheduled(1, 'm', 1, { index: '1' }),
    scheduled(5, 'm', 2, { index: '1' }),
    { at: 9, type: 'item_succeeded', stepId: 'm', index: '1', data: { output: null } },
    succeeded(10, 'm'),
    { at: 11, type: 'map_started', stepId: 'm', iteration: '2', data: { items: [] } },
    succeeded(13, 'm'),
  ];
  const [figures] = tallyOf(log, 20).state.figures.values();
  expect(figures).toMatchObject({ count: 2, retries: 1, durationMs: 12 });
});

test('what is open when the run ends is canceled by it; what never began counts nowhere', () => {
  const log: Timed[] = [
    scheduled(5, 'open'),
    { at: 6, type: 'step_skipped', stepId: 'skipped', data: {} },
    { at: 6, type: 'step_canceled', stepId: 'waiting', data: { reason: 'r' } },
  ];
  const { figures } = tallyOf(log, 25).state;
  expect([...figures.keys()]).toEqual(['canceled/open']);
  expect(figures.get('canceled/open')).toMatchObject({ count: 1, durationMs: 20 });
});

test('a compensation costs its step, a hook of the run the run', () => {
  const log: Timed[] = [
    scheduled(1, 'a'),
    succeeded(2, 'a'),
    { at: 4, type: 'task_succeeded', stepId: 'a', part: 'compensate', data: { output: null, costUsd: 2 } },
    { at: 5, type: 'task_succeeded', part: 'hook/0/end', data: { output: null, costUsd: 3 } },
  ];
  const { figures, runCostUsd } = tallyOf(log, 9).state;
  expect(figures.get('succeeded/a')).toMatchObject({ count: 1, costUsd: 2 });
  expect(runCostUsd).toBe(3);
});

test('an execution begins and ends as it is shown', () => {
  const log = [
    { at: 3, type: 'slot_requested', stepId: 'a', data: { key: 'k', limit: 1 } },
    { at: 4, type: 'slot_delayed', stepId: 'a', data: {} },
    scheduled(10, 'a'),
    scheduled(12, 'a', 1, { part: 'validate/0' }),
    succeeded(17, 'a'),
  ] satisfies Timed[];
  const projection = createProjection();
  for (const event of toLog(log)) projection.apply(event);
  const { startedAt, finishedAt } = projection.view.steps['a'] ?? {};
  expect(tallyOf(log, 20).state.figures.get('succeeded/a')?.durationMs).toBe((finishedAt ?? 0) - (startedAt ?? 0));
});
