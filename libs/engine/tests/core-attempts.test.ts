import { expect, it } from 'vitest';
import { createProjection, runInMemory, validatePipeline, type JsonObject, type RunEvent } from '@ia-modules/engine';

const run = async (pipeline: JsonObject) => {
  const { definition, diagnostics } = validatePipeline({ name: 'attempts', ...pipeline });
  if (definition === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const events: RunEvent[] = [];
  const { view } = await runInMemory({ definition, clock: 'virtual', onEvent: (event) => events.push(event) });
  return { view, events };
};

const flaky = { id: 'flaky', uses: 'core.fail', with: { retryable: true }, retry: { max_attempts: 3 }, fallback: 0 };

it('counts the attempts of a built-in step, for expressions as for people', async () => {
  const { view } = await run({
    steps: [{ id: 'once', uses: 'core.noop' }, { id: 'wait', uses: 'core.wait', with: { duration: '1s' } }, flaky],
    outputs: {
      once: '{{ steps.once.attempts }}',
      wait: '{{ steps.wait.attempts }}',
      flaky: '{{ steps.flaky.attempts }}',
    },
  });
  expect(view.outputs).toEqual({ once: 1, wait: 1, flaky: 3 });
  expect(view.steps).toMatchObject({ once: { attempts: 1 }, wait: { attempts: 1 }, flaky: { attempts: 3 } });
});

it('counts the attempt of a wait that is canceled', async () => {
  const { view } = await run({
    steps: [
      { id: 'wait', uses: 'core.wait', with: { duration: '1h' } },
      { id: 'quick', uses: 'core.noop' },
      { id: 'join', uses: 'core.noop', join: 'any', cancel_rest: true },
    ],
    flow: {
      transitions: [
        { from: 'wait', to: 'join' },
        { from: 'quick', to: 'join' },
      ],
    },
    outputs: { wait: '{{ steps.wait.attempts }}' },
  });
  expect(view.outputs).toEqual({ wait: 1 });
  expect(view.steps['wait']).toMatchObject({ status: 'canceled', attempts: 1 });
});

it('counts no attempts of a step that did not run', async () => {
  const { view } = await run({
    steps: [
      { id: 'a', uses: 'core.noop' },
      { id: 'b', uses: 'core.noop' },
    ],
    flow: { transitions: [{ from: 'a', to: 'b', condition: 'steps.a.attempts > 1' }] },
    outputs: { b: '{{ steps.b.attempts }}' },
  });
  expect(view.outputs).toEqual({ b: 0 });
  expect(view.steps['b']).toMatchObject({ status: 'skipped', attempts: 0 });
});

it('counts an attempt when it is made, not when it is planned', async () => {
  const { events } = await run({ steps: [flaky] });
  const { view, apply } = createProjection();
  const seen = events.map((event) => {
    apply(event);
    return [event.type, view.steps['flaky']?.attempts];
  });
  expect(seen.filter(([type]) => type === 'timer_set' || type === 'timer_fired')).toEqual([
    ['timer_set', 1],
    ['timer_fired', 2],
    ['timer_set', 2],
    ['timer_fired', 3],
  ]);
});
