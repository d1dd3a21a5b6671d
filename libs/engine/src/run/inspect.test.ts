import { expect, it } from 'vitest';
import { chainOf, startSession } from '../testing/memory-session.ts';
import { inspectRun } from './inspect.ts';

const pipeline = {
  parameters: { type: 'object', properties: { base: { default: 10 } } },
  steps: [
    { id: 'a', uses: 'core.noop', with: { n: '{{ iteration * parameters.base }}' } },
    { id: 'b', uses: 'core.noop' },
  ],
  flow: { transitions: [...chainOf('a', 'b'), { from: 'b', to: 'a', loop: { max_iterations: 2 } }] },
};

it('shows a run as it was at each of its events', async () => {
  const { plan, events, done } = startSession(pipeline);
  await done;
  const until = (type: string, iteration: string) =>
    inspectRun(
      plan,
      events.slice(0, 1 + events.findIndex((event) => event.type === type && event.iteration === iteration)),
    );
  const first = until('step_succeeded', '1');
  expect(first).toMatchObject({
    status: 'running',
    parameters: { base: 10 },
    loops: { a: '1' },
    steps: {
      a: { status: 'succeeded', output: { n: 10 }, iteration: '1' },
      b: { status: 'pending', output: undefined },
    },
  });
  expect(first.evaluate('steps.a.output.n + parameters.base')).toBe(20);
  const second = until('loop_iterated', '2');
  expect(second).toMatchObject({ loops: { a: '2' }, steps: { a: { status: 'pending', output: { n: 10 } } } });
  expect(second.evaluate('iteration', { stepId: 'a' })).toBe(2);
  expect(second.evaluate('iteration')).toBe(0);
  expect(inspectRun(plan, events)).toMatchObject({ status: 'succeeded', waiting: [] });
  expect(inspectRun(plan, [])).toMatchObject({ status: 'pending', waiting: [] });
});

it('shows the items of a map that is under way', async () => {
  const { plan, events, done } = startSession(
    {
      steps: [
        {
          id: 'm',
          uses: 'core.wait',
          with: { signal: '{{ item }}' },
          for_each: { items: [{ names: ['x', 'y'] }], for_each: { items: '{{ item.names }}' } },
        },
      ],
    },
    { whenStalled: [(run) => run.send({ kind: 'signal_received', name: 'x', payload: 1 })] },
  );
  await done;
  const { steps, evaluate } = inspectRun(plan, events);
  expect(steps['m']).toMatchObject({ status: 'running', items: { all: [{ names: ['x', 'y'] }], done: 0 } });
  expect(evaluate("item + '!' + string(index_path[0])", { stepId: 'm', index: '0.1' })).toBe('y!0');
  expect(evaluate('item_path[0].names', { stepId: 'm', index: '0.1' })).toEqual(['x', 'y']);
  for (const index of ['7', '0.2', '1.0', 'x']) {
    expect(() => evaluate('item', { stepId: 'm', index })).toThrow(`Step 'm' has no item ${index} under way.`);
  }
  expect(() => evaluate('1', { stepId: 'nope' })).toThrow("There is no step 'nope'.");
});

it('takes expressions of people who err', async () => {
  const { plan, events, done } = startSession(pipeline);
  await done;
  const { evaluate } = inspectRun(plan, events);
  expect(() => evaluate('steps.')).toThrow(expect.objectContaining({ code: 'IA_EXPRESSION_INVALID' }));
  expect(() => evaluate('steps.a.output.missing')).toThrow(expect.objectContaining({ code: 'IA_EXPRESSION_FAILED' }));
});
