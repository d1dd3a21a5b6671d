import { expect, it } from 'vitest';
import { startSession } from '../testing/memory-session.ts';

const noop = (id: string) => ({ id, uses: 'core.noop' });

it('learns of ways with any name', async () => {
  const { done, events } = startSession({
    steps: [
      {
        ...noop('r'),
        router: 'adaptive',
        adaptive: { reward: 'steps.toString.status == "succeeded" ? 1.0 : 0.0', exploration: 0 },
      },
      noop('toString'),
      noop('b'),
      noop('j'),
    ],
    flow: {
      transitions: [
        { from: 'r', to: 'toString' },
        { from: 'r', to: 'b' },
        { from: 'toString', to: 'j' },
        { from: 'b', to: 'j' },
        { from: 'j', to: 'r', loop: { max_iterations: 4 } },
      ],
    },
  });
  expect((await done).view.status).toBe('succeeded');
  const taken = events.flatMap((event) =>
    event.type === 'branch_chosen' && event.stepId === 'r' ? [event.data.taken] : [],
  );
  expect(taken.slice(0, 2).toSorted()).toEqual([['b'], ['toString']]);
  expect(taken.slice(2)).toEqual([['toString'], ['toString']]);
});

it('learns nothing of a choice whose reward could not be told in its iteration', async () => {
  const { done, events } = startSession({
    steps: [
      noop('h'),
      {
        ...noop('r'),
        router: 'adaptive',
        adaptive: { reward: 'iteration == 1 ? double(parameters.missing) : 1.0' },
      },
      noop('x'),
      noop('y'),
      noop('j'),
    ],
    flow: {
      transitions: [
        { from: 'h', to: 'r', condition: 'iteration == 1' },
        { from: 'h', to: 'j' },
        { from: 'r', to: 'x' },
        { from: 'r', to: 'y' },
        { from: 'x', to: 'j' },
        { from: 'y', to: 'j' },
        { from: 'j', to: 'h', loop: { max_iterations: 2 } },
      ],
    },
    parameters: { type: 'object', properties: { missing: { type: 'number' } } },
  });
  expect((await done).view.steps['h']?.iterations).toBe(2);
  expect(events.filter(({ type }) => type === 'router_rewarded')).toEqual([]);
});
