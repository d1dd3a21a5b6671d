import { expect, it } from 'vitest';
import { chain, noop, pipeline, statuses, task, type RunConformance } from './conformance-fixtures.ts';

const QUICK_RETRY = { max_attempts: 2, initial_delay: '2ms' };

/** Loops, maps, compensation and stages need no more of an adapter than tasks and timers. */
export const describeLanguage = (run: RunConformance): void => {
  it('tells the iterations of nested loops apart', async () => {
    const { view, calls } = await run(
      pipeline(
        [
          noop('a'),
          task('b', 'echo', { with: { path: '{{ iteration_path }}' } }),
          task('c', 'flaky', { with: { succeeds_at: 2 }, retry: QUICK_RETRY }),
        ],
        {
          transitions: [
            ...(chain('a', 'b', 'c') ?? []),
            { from: 'b', to: 'b', loop: { max_iterations: 2 } },
            { from: 'c', to: 'a', loop: { max_iterations: 2 } },
          ],
        },
      ),
    );
    expect(view.status).toBe('succeeded');
    expect(view.steps['b']).toMatchObject({ iterations: 4, output: { path: [2, 2] } });
    expect(calls).toEqual(['b#1.1/@1', 'b#1.2/@1', 'c#1/@1', 'c#1/@2', 'b#2.1/@1', 'b#2.2/@1', 'c#2/@1', 'c#2/@2']);
  });

  it('gives the results of a map in the order of its items, whichever ends first', async () => {
    const { view, calls } = await run(
      pipeline([
        task('each', 'flaky', {
          for_each: { items: [2, 1, 1] },
          with: { succeeds_at: '{{ item }}' },
          retry: QUICK_RETRY,
        }),
      ]),
    );
    expect(view.steps['each']?.output).toEqual([{ attempt: 2 }, { attempt: 1 }, { attempt: 1 }]);
    expect(calls).toEqual(['each#/0@1', 'each#/1@1', 'each#/2@1', 'each#/0@2']);
  });

  it('runs no more items of a map at once than it may', async () => {
    const items = Array.from({ length: 12 }, (_, index) => index);
    const step = task('each', 'pass', { for_each: { items, max_parallel: 3 }, with: { n: '{{ item }}' } });
    const { view, mostAtOnce } = await run(pipeline([step]));
    expect(view.steps['each']?.output).toEqual(items.map((n) => ({ n })));
    expect(mostAtOnce).toBe(3);
  });

  it('cancels the other items when one fails', async () => {
    const rows = [{ breaks: false }, { breaks: true }];
    const step = task('each', 'hang', { for_each: { items: rows }, with: { breaks: '{{ item.breaks }}' } });
    const { view, events } = await run(pipeline([step, noop('after')], { transitions: chain('each', 'after') }));
    expect(view).toMatchObject({ status: 'failed', error: { message: 'broken on purpose' } });
    expect(statuses(view)).toEqual({ each: 'failed', after: 'skipped' });
    expect(events.filter(({ type }) => type === 'task_canceled')).toMatchObject([{ stepId: 'each', index: '0' }]);
  });

  it('compensates what succeeded, the last first', async () => {
    const undo = { uses: 'test.echo', with: { undone: '{{ steps.a.output.n }}' }, retry: QUICK_RETRY };
    const a = task('a', 'echo', { with: { n: 1 }, compensate: undo });
    const b = task('b', 'echo', { compensate: { uses: 'test.broken' } });
    const { view, events, calls } = await run(
      pipeline([a, b, task('c', 'broken')], { transitions: chain('a', 'b', 'c'), on_failure: 'compensate' }),
    );
    expect(view.status).toBe('failed');
    expect(calls).toEqual(['a@1', 'b@1', 'c@1', 'b@1', 'a@1']);
    expect(events.at(-1)).toMatchObject({
      type: 'run_failed',
      data: {
        compensations: [
          { stepId: 'b', status: 'failed' },
          { stepId: 'a', status: 'succeeded' },
        ],
      },
    });
  });

  it('makes an attempt again when a validator refuses its output', async () => {
    const step = task('a', 'echo', { validate: [{ uses: 'test.second_attempt' }], retry: QUICK_RETRY });
    const { view } = await run(pipeline([step]));
    expect(view.steps['a']).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('ends a step that takes too long with all its retries', async () => {
    const step = task('a', 'broken', {
      retry: { max_attempts: 100, initial_delay: '1h' },
      max_duration: '5ms',
      on_error: 'continue',
    });
    const { view } = await run(pipeline([step]));
    expect(view.steps['a']).toMatchObject({ status: 'failed', error: { code: 'IA_STEP_TIMEOUT' } });
  });
};
