import { expect, it } from 'vitest';
import { createRouterMemory } from './router-memory.ts';

it('adds up what each way has earned, by router and context', () => {
  const memory = createRouterMemory();
  memory.add('r', { context: 'de', to: 'a', reward: 1 });
  memory.add('r', { context: 'de', to: 'a', reward: -0.5 });
  memory.add('r', { context: 'de', to: 'b', reward: 2 });
  memory.add('r', { context: 'fr', to: 'a', reward: 9 });
  expect(memory.read('r', 'de')).toEqual({ a: { pulls: 2, reward: 0.5 }, b: { pulls: 1, reward: 2 } });
  expect(memory.read('r', 'it')).toEqual({});
  expect(memory.read('other', 'de')).toEqual({});
});

it('gives what was known then: later rewards do not change it', () => {
  const memory = createRouterMemory();
  memory.add('r', { context: '', to: 'a', reward: 1 });
  const before = memory.read('r', '');
  memory.add('r', { context: '', to: 'a', reward: 1 });
  expect(before).toEqual({ a: { pulls: 1, reward: 1 } });
});

it('forgets the situations that it has not met for longest', () => {
  const memory = createRouterMemory();
  const meet = (context: string): void => memory.add('r', { context, to: 'a', reward: 1 });
  for (let index = 0; index < 10_000; index += 1) meet(`c${index}`);
  meet('c0');
  meet('new');
  expect(memory.read('r', 'c0')).toEqual({ a: { pulls: 2, reward: 2 } });
  expect(memory.read('r', 'c1')).toEqual({});
  expect(memory.read('r', 'new')).toEqual({ a: { pulls: 1, reward: 1 } });
});
