import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRun } from '../run/projection.ts';
import { describeCommands } from './commands.testsuite.ts';
import {
  chain,
  createExecutor,
  noop,
  pipeline,
  statuses,
  task,
  typesOf,
  type ConformanceCapability,
  type ConformanceHarness,
  type ConformanceRun,
  type RunConformance,
} from './conformance-fixtures.ts';
import { describeEffects, describeUnknownOutcomes } from './effects.testsuite.ts';
import { describeLanguage } from './language.testsuite.ts';
import { describeSharing } from './sharing.testsuite.ts';

/** The behaviour that every adapter of the durable context shares. Retry delays and waits in it are of a few milliseconds. */
export const durableContextTestsuite = (
  name: string,
  makeHarness: () => Promise<ConformanceHarness> | ConformanceHarness,
  capabilities: readonly ConformanceCapability[] = [],
): void => {
  describe(`durable context: ${name}`, () => {
    let harness: ConformanceHarness;
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness.close?.();
    });

    const run: RunConformance = async (definition, { parameters = {}, pipelines = {}, tell } = {}) => {
      const executor = createExecutor();
      const catalog = { find: (wanted: string) => pipelines[wanted] };
      const handle = Promise.withResolvers<ConformanceRun>();
      executor.onTell = async () => {
        const current = await handle.promise;
        await tell?.((command) => current.send?.(command));
      };
      const started = await harness.start({ definition, parameters, executor, pipelines: catalog });
      handle.resolve(started);
      const events = await started.finished();
      const view = projectRun(events, { stepIds: definition.steps.map(({ id }) => id) });
      return { events, view, calls: executor.calls, mostAtOnce: executor.mostAtOnce };
    };

    it('numbers events from 1 without gaps, under one run id', async () => {
      const { events } = await run(
        pipeline([noop('a'), task('b', 'echo'), noop('c')], { transitions: chain('a', 'b', 'c') }),
      );
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(new Set(events.map(({ runId }) => runId)).size).toBe(1);
      expect(events.every(({ at }, index) => index === 0 || at >= (events[index - 1]?.at ?? 0))).toBe(true);
    });

    it('runs a sequence and hands outputs on', async () => {
      const { view, events } = await run(
        pipeline(
          [task('a', 'echo', { with: { n: 1 } }), task('b', 'echo', { with: { n: '{{ steps.a.output.n + 1 }}' } })],
          { transitions: chain('a', 'b') },
          { n: '{{ steps.b.output.n }}' },
        ),
      );
      expect(view.status).toBe('succeeded');
      expect(view.outputs).toEqual({ n: 2 });
      expect(typesOf(events).filter((type) => !type.startsWith('task_started'))).toEqual([
        'run_started',
        'task_scheduled:a',
        'task_succeeded:a',
        'step_succeeded:a',
        'task_scheduled:b',
        'task_succeeded:b',
        'step_succeeded:b',
        'run_succeeded',
      ]);
    });

    it('takes the branch whose condition holds and skips the other up to the join', async () => {
      const { view } = await run(
        pipeline([task('a', 'echo', { with: { n: 5 } }), noop('high'), noop('low'), noop('after_low'), noop('join')], {
          transitions: [
            { from: 'a', to: 'high', condition: 'steps.a.output.n > 3' },
            { from: 'a', to: 'low', default: true },
            { from: 'low', to: 'after_low' },
            { from: 'high', to: 'join' },
            { from: 'after_low', to: 'join' },
          ],
        }),
      );
      expect(statuses(view)).toEqual({
        a: 'succeeded',
        high: 'succeeded',
        low: 'skipped',
        after_low: 'skipped',
        join: 'succeeded',
      });
    });

    it('waits for every branch at a join of all, whatever their order', async () => {
      const { view, events } = await run(
        pipeline(
          [
            noop('a'),
            task('b', 'flaky', { with: { succeeds_at: 2 }, retry: { initial_delay: '5ms' } }),
            task('c', 'echo'),
            noop('join'),
          ],
          {
            transitions: [
              { from: 'a', to: 'b' },
              { from: 'a', to: 'c' },
              { from: 'b', to: 'join' },
              { from: 'c', to: 'join' },
            ],
          },
        ),
      );
      expect(view.status).toBe('succeeded');
      const types = typesOf(events);
      expect(types.indexOf('step_succeeded:join')).toBeGreaterThan(types.indexOf('step_succeeded:b'));
      expect(types.indexOf('step_succeeded:join')).toBeGreaterThan(types.indexOf('step_succeeded:c'));
    });

    it('goes on at the first arrival of a join of any and cancels the rest', async () => {
      const { view } = await run(
        pipeline(
          [noop('a'), task('slow', 'hang'), task('fast', 'echo'), noop('join', { join: 'any', cancel_rest: true })],
          {
            transitions: [
              { from: 'a', to: 'slow' },
              { from: 'a', to: 'fast' },
              { from: 'slow', to: 'join' },
              { from: 'fast', to: 'join' },
            ],
          },
        ),
      );
      expect(view.status).toBe('succeeded');
      expect(statuses(view)).toEqual({ a: 'succeeded', slow: 'canceled', fast: 'succeeded', join: 'succeeded' });
    });

    it('tries again as often as it may, with a timer between', async () => {
      const { view, events, calls } = await run(
        pipeline([task('a', 'flaky', { with: { succeeds_at: 3 }, retry: { max_attempts: 3, initial_delay: '2ms' } })]),
      );
      expect(view.status).toBe('succeeded');
      expect(view.steps['a']).toMatchObject({ attempts: 3, output: { attempt: 3 }, error: null });
      expect(calls).toEqual(['a@1', 'a@2', 'a@3']);
      expect(events.filter(({ type }) => type === 'timer_fired')).toHaveLength(2);
      expect(events.filter(({ type }) => type === 'run_waiting')).toHaveLength(2);
    });

    it('fails the run when the last attempt fails', async () => {
      const { view } = await run(
        pipeline([task('a', 'broken', { retry: { max_attempts: 2, initial_delay: '2ms' } }), noop('b')], {
          transitions: chain('a', 'b'),
        }),
      );
      expect(view).toMatchObject({ status: 'failed', error: { message: 'broken on purpose' } });
      expect(view.steps['a']).toMatchObject({ status: 'failed', attempts: 2 });
    });

    it('ends an attempt that takes too long', async () => {
      const { view } = await run(pipeline([task('a', 'hang', { timeout: '15ms', fallback: { late: true } })]));
      expect(view.status).toBe('succeeded');
      expect(view.steps['a']).toMatchObject({
        status: 'succeeded',
        output: { late: true },
        error: { name: 'TimeoutError', code: 'IA_TASK_TIMEOUT' },
      });
    });

    it('ends a run that takes too long and cancels what it does', async () => {
      const { view } = await run(pipeline([task('a', 'hang')], { max_duration: '20ms', on_budget: 'fail' }));
      expect(view).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_TIMEOUT' } });
      expect(statuses(view)).toEqual({ a: 'canceled' });
    });

    it('waits for a duration and says so', async () => {
      const { view, events } = await run(
        pipeline([{ id: 'w', uses: 'core.wait', with: { duration: '5ms' } }, noop('b')], {
          transitions: chain('w', 'b'),
        }),
      );
      expect(view.status).toBe('succeeded');
      expect(typesOf(events)).toEqual([
        'run_started',
        'timer_set:w',
        'run_waiting',
        'timer_fired:w',
        'run_resumed',
        'step_succeeded:w',
        'step_succeeded:b',
        'run_succeeded',
      ]);
    });

    it('handles an error by its error transition', async () => {
      const { view } = await run(
        pipeline(
          [task('a', 'broken'), noop('next'), noop('alert', { with: { text: '{{ steps.a.error.message }}' } })],
          {
            transitions: [
              { from: 'a', to: 'next' },
              { from: 'a', to: 'alert', on: 'error' },
            ],
          },
        ),
      );
      expect(view.status).toBe('succeeded');
      expect(statuses(view)).toEqual({ a: 'failed', next: 'skipped', alert: 'succeeded' });
      expect(view.steps['alert']?.output).toEqual({ text: 'broken on purpose' });
    });

    it('cancels a run with what it does', async () => {
      const executor = createExecutor();
      const hanging = new Promise<void>((resolve) => {
        executor.onHang = resolve;
      });
      const definition = pipeline([task('a', 'hang'), noop('b')], { transitions: chain('a', 'b') });
      const started = await harness.start({ definition, executor, pipelines: { find: () => undefined } });
      await hanging;
      await started.cancel('no longer needed');
      const events = await started.finished();
      expect(typesOf(events).slice(-4)).toEqual([
        'cancel_requested',
        'task_canceled:a',
        'step_canceled:a',
        'run_canceled',
      ]);
      expect(projectRun(events).status).toBe('canceled');
    });

    it('writes the same log again when the same things happen', async () => {
      const definition = pipeline(
        [noop('a'), task('b', 'flaky', { with: { succeeds_at: 2 }, retry: { initial_delay: '2ms' } }), noop('c')],
        { transitions: chain('a', 'b', 'c') },
      );
      const first = await run(definition);
      const second = await run(definition);
      expect(typesOf(second.events)).toEqual(typesOf(first.events));
    });

    it('keeps a wide fan-out apart', async () => {
      const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
      const { view } = await run(
        pipeline([noop('a'), ...ids.map((id, index) => task(id, 'echo', { with: { index } })), noop('join')], {
          transitions: ids.flatMap((id) => [
            { from: 'a', to: id },
            { from: id, to: 'join' },
          ]),
        }),
      );
      expect(view.status).toBe('succeeded');
      for (const [index, id] of ids.entries()) expect(view.steps[id]?.output).toEqual({ index });
    });

    describeLanguage(run);
    describeUnknownOutcomes(run);
    describeSharing(run, capabilities);
    describe.runIf(capabilities.includes('commands'))('commands', () => {
      describeCommands(run);
      describeEffects(run);
    });
  });
};
