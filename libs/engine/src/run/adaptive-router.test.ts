import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { createSharedStores } from '../memory/shared-stores.ts';
import { startSession } from '../testing/memory-session.ts';
import type { RunEvent } from './events.ts';

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
  expect(new Set(taken.slice(0, 2).flat())).toEqual(new Set(['b', 'toString']));
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

/** Chooses between some ways in each iteration of a loop. */
const choosing = (ways: readonly string[], adaptive: JsonObject, iterations: number): JsonObject => ({
  steps: [{ ...noop('choose'), router: 'adaptive', adaptive }, ...ways.map(noop), { ...noop('end'), join: 'any' }],
  flow: {
    transitions: [
      ...ways.flatMap((id) => [
        { from: 'choose', to: id },
        { from: id, to: 'end' },
      ]),
      { from: 'end', to: 'choose', loop: { max_iterations: iterations } },
    ],
  },
});

const REWARD = "steps.a.status == 'succeeded' ? 1.0 : 0.0";

const choices = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'branch_chosen' && event.stepId === 'choose' ? [event.data] : []));

it('tries every way once, then mostly takes the one that earns most', async () => {
  const { done, events } = startSession(choosing(['a', 'b', 'c'], { reward: REWARD }, 40), { seed: 1 });
  expect((await done).view.status).toBe('succeeded');
  const chosen = choices(events);
  expect(new Set(chosen.slice(0, 3).map(({ taken }) => taken[0]))).toEqual(new Set(['a', 'b', 'c']));
  const odds = chosen[3]?.odds ?? {};
  expect(odds['a']).toBeCloseTo(0.9 + 0.1 / 3);
  expect(odds['b']).toBeCloseTo(0.1 / 3);
  expect(chosen.filter(({ taken }) => taken[0] === 'a').length).toBeGreaterThan(20);
});

it('draws the same again from the same seed', async () => {
  const takenWith = async (seed: number) => {
    const { done, events } = startSession(choosing(['a', 'b'], { reward: REWARD, exploration: 1 }, 20), { seed });
    await done;
    return choices(events).map(({ taken }) => taken[0]);
  };
  expect(await takenWith(7)).toEqual(await takenWith(7));
  expect(await takenWith(7)).not.toEqual(await takenWith(8));
});

it('learns by situation, and remembers across runs', async () => {
  const stores = createSharedStores();
  const pipeline = choosing(['a', 'b'], { reward: REWARD, context: '{"half": iteration % 2}', exploration: 0 }, 4);
  const first = startSession(pipeline, { stores });
  await first.done;
  expect(new Set(choices(first.events).map(({ context }) => context))).toEqual(new Set(['{"half":0}', '{"half":1}']));
  const second = startSession(pipeline, { stores });
  await second.done;
  expect(choices(second.events).map(({ taken }) => taken[0])).toEqual(['a', 'a', 'a', 'a']);
});
