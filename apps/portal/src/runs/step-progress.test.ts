import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from './logged-event.ts';
import { advanceStep, type StepProgress, UNTOUCHED_STEP } from './step-progress.ts';

type Sketch = Partial<LoggedEvent> & Pick<LoggedEvent, 'type'>;

const follow = (...sketches: readonly Sketch[]): StepProgress =>
  sketches.reduce<StepProgress>(
    (step, sketch, place) =>
      advanceStep(step, {
        seq: place + 1,
        at: new Date(1_000 * (place + 1)).toISOString(),
        stepId: 'a',
        iteration: null,
        index: null,
        attempt: null,
        part: null,
        data: {},
        cursor: '',
        ...sketch,
      }),
    UNTOUCHED_STEP,
  );

const iteration = (path: string, n: number): Sketch[] => [
  { type: 'task_scheduled', iteration: path, data: { input: { n } } },
  { type: 'task_started', iteration: path, attempt: 1 },
  { type: 'task_succeeded', iteration: path, attempt: 1, data: { output: n } },
  { type: 'step_succeeded', iteration: path, data: { output: n } },
];

describe('a step in a loop', () => {
  it('shows the iteration that it is in, and keeps the output of the one before until it ends again', () => {
    const log = [...iteration('1', 1), ...iteration('2', 2)];
    expect(follow(...log.slice(0, 5))).toMatchObject({ status: 'running', iteration: '2', input: { n: 2 }, output: 1 });
    const ended = follow(...log);
    expect(ended).toMatchObject({ status: 'succeeded', iteration: '2', output: 2 });
    expect(ended.attempts.map(({ number, iteration: path, status }) => [number, path, status])).toEqual([
      [1, '1', 'succeeded'],
      [1, '2', 'succeeded'],
    ]);
    expect(ended.startedAt).toBe(new Date(5_000).toISOString());
  });

  it('keeps a bounded number of attempts', () => {
    const log = Array.from({ length: 150 }, (_, index) => iteration(String(index + 1), index)).flat();
    const { attempts } = follow(...log);
    expect(attempts).toHaveLength(100);
    expect(attempts.at(-1)?.iteration).toBe('150');
  });
});

describe('a mapped step', () => {
  const started: Sketch[] = [
    { type: 'map_started', data: { items: ['x', 'y', 'z'] } },
    { type: 'task_scheduled', index: '0', data: { input: 'x' } },
    { type: 'task_started', index: '0', attempt: 1 },
    { type: 'item_succeeded', index: '0', data: { output: 'X' } },
  ];

  it('counts its items as they end, and its nested ones not', () => {
    const step = follow(
      ...started,
      { type: 'item_failed', index: '1.0' },
      { type: 'item_failed', index: '1' },
      { type: 'item_canceled', index: '2' },
    );
    expect(step).toMatchObject({ status: 'running', items: { total: 3, done: 3, failed: 1 }, attempts: [] });
  });

  it('ends as a whole', () => {
    expect(follow(...started, { type: 'step_succeeded', data: { output: ['X'] } })).toMatchObject({
      status: 'succeeded',
      output: ['X'],
    });
  });
});

describe('a step', () => {
  it.each([
    ['slot_delayed', {}, 'concurrency'],
    ['signal_awaited', {}, 'signal'],
    ['approval_requested', {}, 'approval'],
    ['timer_set', { purpose: 'wait' }, 'timer'],
    ['task_retry_scheduled', {}, 'retry'],
  ])('that waits after %s says for what', (type, data, waitReason) => {
    expect(follow({ type, data })).toMatchObject({ status: 'waiting', waitReason });
  });

  it('goes on running beside the timers that limit it', () => {
    const step = follow({ type: 'task_scheduled' }, { type: 'timer_set', data: { purpose: 'step_timeout' } });
    expect(step).toMatchObject({ status: 'running', waitReason: null });
  });

  it('goes on when it is let in', () => {
    const step = follow({ type: 'slot_requested' }, { type: 'slot_delayed' }, { type: 'slot_acquired' });
    expect(step).toMatchObject({ status: 'running', waitReason: null });
  });

  it('waits while nobody knows what became of its request, until somebody says it', () => {
    const sent: readonly Sketch[] = [{ type: 'task_scheduled' }, { type: 'task_started' }, { type: 'task_unknown' }];
    expect(follow(...sent)).toMatchObject({ status: 'waiting', waitReason: 'effect' });
    expect(follow(...sent, { type: 'effect_decided' })).toMatchObject({ status: 'running', waitReason: null });
  });

  it('keeps its own status and input while its validators work', () => {
    const step = follow(
      { type: 'task_scheduled', data: { input: 1 } },
      { type: 'task_scheduled', part: 'validate/0', data: { input: { value: 2 } } },
      { type: 'task_failed', part: 'validate/0' },
    );
    expect(step).toMatchObject({ status: 'running', input: 1, error: null });
  });

  it('that was undone has still succeeded', () => {
    const succeeded: Sketch = { type: 'step_succeeded', data: { output: 1 } };
    const undone = [{ type: 'compensation_started' }, { type: 'task_scheduled', part: 'compensate' }];
    expect(follow(succeeded, ...undone, { type: 'compensation_succeeded' })).toMatchObject({
      status: 'succeeded',
      output: 1,
      compensation: 'succeeded',
    });
    expect(follow(succeeded, ...undone, { type: 'compensation_failed' }).compensation).toBe('failed');
  });
});
