import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from './logged-event.ts';
import { advance, isTaken, NO_PROGRESS } from './run-progress.ts';

type Sketch = Readonly<{
  type: string;
  stepId?: string;
  iteration?: string;
  index?: string;
  attempt?: number;
  part?: string;
  data?: unknown;
}>;

const logOf = (...sketches: readonly Sketch[]): LoggedEvent[] =>
  sketches.map(({ type, stepId, iteration, index, attempt, part, data }, place) => ({
    seq: place + 1,
    at: new Date(1_000 * (place + 1)).toISOString(),
    type,
    stepId: stepId ?? null,
    iteration: iteration ?? null,
    index: index ?? null,
    attempt: attempt ?? null,
    part: part ?? null,
    data: data ?? {},
    cursor: `c${place + 1}`,
  }));

const error = { name: 'NetworkError', code: 'IA_PLUGIN_NET_FAILED', message: 'no answer', hint: 'check the host' };
const plugin = { name: '@community/weather', version: '1.2.0', integrity: 'sha512-abc' };

const retried = logOf(
  { type: 'run_started' },
  { type: 'task_scheduled', stepId: 'fetch', data: { uses: 'weather.now', input: { city: 'Oslo' } } },
  { type: 'task_started', stepId: 'fetch', attempt: 1, data: { plugin } },
  { type: 'task_failed', stepId: 'fetch', attempt: 1, data: { error } },
  { type: 'task_retry_scheduled', stepId: 'fetch', attempt: 2, data: { delayMs: 5, error } },
  { type: 'task_started', stepId: 'fetch', attempt: 2 },
  { type: 'task_succeeded', stepId: 'fetch', attempt: 2, data: { output: { celsius: 4 } } },
  { type: 'step_succeeded', stepId: 'fetch', data: { output: { celsius: 4 } } },
  { type: 'branch_chosen', stepId: 'fetch', data: { taken: ['tell'], dead: ['alert'] } },
  { type: 'step_skipped', stepId: 'alert' },
  { type: 'run_succeeded', data: { outputs: { celsius: 4 } } },
);

describe('advance', () => {
  it('tells the story of a step that was retried', () => {
    const step = advance(NO_PROGRESS, retried).steps.get('fetch');
    expect(step).toMatchObject({ status: 'succeeded', input: { city: 'Oslo' }, output: { celsius: 4 }, plugin });
    expect(step?.attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 'failed'],
      [2, 'succeeded'],
    ]);
    expect(step?.attempts[0]?.error).toEqual({
      code: 'IA_PLUGIN_NET_FAILED',
      message: 'no answer',
      hint: 'check the host',
    });
  });

  it('shows a step as waiting between attempts', () => {
    expect(advance(NO_PROGRESS, retried.slice(0, 5)).steps.get('fetch')?.status).toBe('waiting');
  });

  it('tells a step that waits for its time from one that only has a timeout', () => {
    const log = logOf(
      { type: 'task_started', stepId: 'fetch', attempt: 1 },
      { type: 'timer_set', stepId: 'fetch', data: { purpose: 'timeout', fireAt: 9 } },
      { type: 'timer_set', stepId: 'pause', data: { purpose: 'wait', fireAt: 9 } },
    );
    const { steps } = advance(NO_PROGRESS, log);
    expect(steps.get('fetch')?.status).toBe('running');
    expect(steps.get('pause')?.status).toBe('waiting');
  });

  it('knows which way was taken, what was skipped and how the run ended', () => {
    const progress = advance(NO_PROGRESS, retried);
    expect(isTaken(progress, 'fetch', 'tell')).toBe(true);
    expect(isTaken(progress, 'fetch', 'alert')).toBe(false);
    expect(progress.steps.get('alert')?.status).toBe('skipped');
    expect(progress).toMatchObject({ status: 'succeeded', outputs: { celsius: 4 }, lastSeq: 11 });
  });

  it('comes to the same whether events arrive one by one, at once, or again after a reconnect', () => {
    const atOnce = advance(NO_PROGRESS, retried);
    const oneByOne = retried.reduce((progress, event) => advance(progress, [event]), NO_PROGRESS);
    const overlapping = advance(advance(NO_PROGRESS, retried.slice(0, 7)), retried.slice(3));
    expect(oneByOne).toEqual(atOnce);
    expect(overlapping).toEqual(atOnce);
  });

  it('says why a run waits and forgets it when it goes on', () => {
    const log = logOf(
      { type: 'run_started' },
      { type: 'run_waiting', data: { reason: 'timer' } },
      { type: 'run_resumed' },
    );
    expect(advance(NO_PROGRESS, log.slice(0, 2))).toMatchObject({ status: 'waiting', waitReason: 'timer' });
    expect(advance(NO_PROGRESS, log)).toMatchObject({ status: 'running', waitReason: null });
  });

  it('follows a step with one way out, which chooses nothing', () => {
    const log = logOf({ type: 'step_succeeded', stepId: 'a' }, { type: 'task_scheduled', stepId: 'b' });
    expect(isTaken(advance(NO_PROGRESS, log.slice(0, 1)), 'a', 'b')).toBe(false);
    expect(isTaken(advance(NO_PROGRESS, log), 'a', 'b')).toBe(true);
  });

  it('keeps the error of a failed run and of its step', () => {
    const log = logOf(
      { type: 'run_started' },
      { type: 'step_failed', stepId: 'fetch', data: { error } },
      { type: 'step_canceled', stepId: 'other', data: { reason: 'run failed' } },
      { type: 'run_failed', data: { error } },
    );
    const progress = advance(NO_PROGRESS, log);
    expect(progress).toMatchObject({ status: 'failed', error: { message: 'no answer' } });
    expect(progress.steps.get('fetch')).toMatchObject({ status: 'failed', error: { message: 'no answer' } });
    expect(progress.steps.get('other')?.status).toBe('canceled');
  });

  it('leaves a run untouched by events it does not know', () => {
    const progress = advance(NO_PROGRESS, logOf({ type: 'run_started' }, { type: 'from_the_future', stepId: 'fetch' }));
    expect(progress.status).toBe('running');
    expect(progress.steps.get('fetch')?.status).toBe('pending');
  });
});
