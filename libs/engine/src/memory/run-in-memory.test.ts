import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import type { RunEvent } from '../run/events.ts';
import { validatePipeline } from '../validation/validate-pipeline.ts';
import { createRealClock } from './memory-clock.ts';
import { runInMemory, type RunInMemoryOptions } from './run-in-memory.ts';
import { createSharedStores } from './shared-stores.ts';

const run = (pipeline: JsonObject, options: Omit<RunInMemoryOptions, 'definition' | 'plan'> = {}) => {
  const { definition, diagnostics } = validatePipeline({ name: 'test', ...pipeline });
  if (!definition) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return runInMemory({ clock: 'virtual', ...options, definition });
};

it('refuses parameters that do not fit, before anything runs', async () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const steps = [{ id: 'a', uses: 'core.noop' }];
  await expect(run({ parameters, steps }, { parameters: { citty: 'Ulm' } })).rejects.toMatchObject({
    code: 'IA_PARAMETERS_INVALID',
    details: { diagnostics: [{ path: '$.citty', hint: "Did you mean 'city'?" }, { path: '$.city' }] },
  });
});

it('fails a step that nothing can run', async () => {
  const { view } = await run({ steps: [{ id: 'a', uses: 'demo.unknown' }] });
  expect(view.error).toMatchObject({ code: 'IA_STEP_UNKNOWN' });
});

it('ignores what an attempt says after it was canceled', async () => {
  let finish: (value: Json) => void = () => {};
  const events: RunEvent[] = [];
  const controller = new AbortController();
  const ended = run(
    { steps: [{ id: 'a', uses: 'demo.slow' }] },
    {
      signal: controller.signal,
      onEvent: (event) => events.push(event),
      executor: {
        execute: (_request, { emitStarted, signal }) =>
          new Promise((resolve) => {
            void emitStarted({ worker: 'w1', plugin: { name: '@c/p', version: '1.0.0', integrity: 'sha512-x' } });
            finish = resolve;
            signal.addEventListener('abort', () => {
              void emitStarted({ worker: 'too late' });
              finish({ late: true });
            });
            queueMicrotask(() => controller.abort('enough'));
          }),
      },
    },
  );
  const { view } = await ended;
  expect(view.status).toBe('canceled');
  expect(view.steps['a']).toMatchObject({ status: 'canceled', worker: 'w1', plugin: { version: '1.0.0' } });
  expect(events.filter(({ type }) => type === 'task_started')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'run_canceled', data: { reason: 'enough' } });
});

it('cancels a run whose signal was aborted before', async () => {
  const { view } = await run(
    { steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1h' } }] },
    { signal: AbortSignal.abort() },
  );
  expect(view).toMatchObject({ status: 'canceled', steps: { w: { status: 'canceled' } } });
});

it('waits until a time, and takes bad times as the error of the step', async () => {
  const wait = (until: string) => run({ steps: [{ id: 'w', uses: 'core.wait', with: { until } }] });
  expect((await wait('1970-01-02T00:00:00Z')).view).toMatchObject({ status: 'succeeded', finishedAt: 86_400_000 });
  expect((await wait("{{ 'some day' }}")).view.error).toMatchObject({ code: 'IA_PIPELINE_WITH' });
  const templated = await run({
    parameters: { type: 'object', properties: { d: { default: 'soon' } } },
    steps: [{ id: 'w', uses: 'core.wait', with: { duration: '{{ parameters.d }}' } }],
  });
  expect(templated.view.error).toMatchObject({ code: 'IA_PIPELINE_WITH' });
});

it.each([
  [
    { status: 'failed', message: 'no stock' },
    { status: 'failed', error: { code: 'IA_RUN_ENDED', message: 'no stock' } },
  ],
  [{ status: 'canceled' }, { status: 'canceled' }],
  [{}, { status: 'succeeded', outputs: { fixed: 1 } }],
  [{ status: '{{ "odd" }}' }, { status: 'failed', error: { code: 'IA_PIPELINE_WITH' } }],
  [{ outputs: '{{ dyn("text") }}' }, { status: 'failed', error: { code: 'IA_PIPELINE_WITH' } }],
])('ends a run by core.end with %j', async (input, expected) => {
  const { view } = await run({ steps: [{ id: 'e', uses: 'core.end', with: input }], outputs: { fixed: 1 } });
  expect(view).toMatchObject(expected);
});

it('fails the run when its outputs can not be read', async () => {
  const { view } = await run({
    steps: [{ id: 'a', uses: 'core.noop', with: { made: '{{ run.pipeline }}' } }],
    outputs: { x: '{{ steps.a.output.made.missing }}' },
  });
  expect(view).toMatchObject({
    status: 'failed',
    error: { code: 'IA_EXPRESSION_FAILED' },
    steps: { a: { status: 'succeeded' } },
  });
});

it('fails a step whose input can not be read, and lets its fallback help', async () => {
  const a = { id: 'a', uses: 'core.noop', with: { made: '{{ run.pipeline }}' } };
  const b = { id: 'b', uses: 'demo.x', with: { x: '{{ steps.a.output.made.missing }}' }, fallback: 'instead' };
  const { view } = await run({ steps: [a, b], flow: { transitions: [{ from: 'a', to: 'b' }] } });
  expect(view.steps['b']).toMatchObject({
    status: 'succeeded',
    output: 'instead',
    error: { code: 'IA_EXPRESSION_FAILED' },
  });
});

it('ends when the condition behind continue or an error transition fails itself', async () => {
  const broken = 'steps.a.error.details.missing == 1';
  const pipeline = (on: 'error' | 'success', onError: 'continue' | 'fail') => ({
    steps: [
      { id: 'a', uses: 'core.fail', on_error: onError },
      { id: 'b', uses: 'core.noop' },
    ],
    flow: { transitions: [{ from: 'a', to: 'b', on, condition: broken }] },
  });
  expect((await run(pipeline('error', 'fail'))).view.error).toMatchObject({ code: 'IA_EXPRESSION_FAILED' });
  expect((await run(pipeline('success', 'continue'))).view.error).toMatchObject({ code: 'IA_EXPRESSION_FAILED' });
});

it('runs twenty thousand steps without a deep stack', async () => {
  const length = 20_000;
  const ids = Array.from({ length }, (_, index) => `s${index}`);
  const { view, eventCount } = await run({
    steps: ids.map((id) => ({ id, uses: 'core.noop' })),
    flow: { transitions: ids.slice(1).map((to, index) => ({ from: `s${index}`, to })) },
  });
  expect(view.status).toBe('succeeded');
  expect(eventCount).toBe(length + 2);
});

it('waits for real with the real clock, and forgets timers that were canceled', async () => {
  const clock = createRealClock();
  const fired = await new Promise<string>((resolve) => {
    clock.schedule({ key: 'never', fireAt: clock.now() + 1 }, () => resolve('never'));
    clock.schedule({ key: 'far', fireAt: clock.now() + 2 ** 40 }, () => resolve('far'));
    clock.schedule({ key: 'soon', fireAt: clock.now() + 2 }, () => resolve('soon'));
    clock.cancel('never');
  });
  clock.close();
  expect(fired).toBe('soon');
  expect(clock.advance()).toBe(false);
});

it('shares places under a limit with other runs, and gives back what it leaves', async () => {
  const stores = createSharedStores();
  const wait = (input: JsonObject): JsonObject => ({
    steps: [{ id: 'w', uses: 'core.wait', with: input, concurrency: { key: 'k' } }],
  });
  const [first, second] = await Promise.all([
    run(wait({ duration: '1h' }), { stores }),
    run(wait({ duration: '1h' }), { stores }),
  ]);
  expect([first.view.status, second.view.status]).toEqual(['succeeded', 'succeeded']);
  expect((await run(wait({ signal: 'never' }), { stores })).view.status).toBe('waiting');
  expect((await run(wait({ duration: '1h' }), { stores })).view.status).toBe('succeeded');
});
