import { expect, it } from 'vitest';
import { createStepCache } from './step-cache.ts';

it('gives a result until its time is over', () => {
  const cache = createStepCache();
  cache.set('k', { output: { n: 1 }, expiresAt: 100 });
  expect(cache.get('k', 99)?.output).toEqual({ n: 1 });
  expect(cache.get('k', 100)).toBeUndefined();
  expect(cache.get('k', 0)).toBeUndefined();
});

it('keeps what was stored last', () => {
  const cache = createStepCache();
  cache.set('k', { output: 1, expiresAt: 100 });
  cache.set('k', { output: 2, expiresAt: 200 });
  expect(cache.get('k', 150)?.output).toBe(2);
});

it('forgets the oldest of too many', () => {
  const cache = createStepCache();
  for (let index = 0; index < 10_001; index += 1) cache.set(`k${index}`, { output: index, expiresAt: 1 });
  expect(cache.get('k0', 0)).toBeUndefined();
  expect(cache.get('k1', 0)?.output).toBe(1);
  expect(cache.get('k10000', 0)?.output).toBe(10_000);
});
