import { expect, test } from 'vitest';
import { measure, repeat } from './measure.ts';

test('subjects that give a figure are compared by it, warm-up left out', async () => {
  let runs = 0;
  const { baseline, candidate, ratio } = await measure({
    baseline: () => 10,
    candidate: () => {
      runs += 1;
      return runs <= 2 ? 1000 : 5;
    },
    rounds: 4,
    warmUp: 2,
  });
  expect(baseline).toMatchObject({ count: 4, median: 10 });
  expect(candidate).toMatchObject({ count: 4, max: 5 });
  expect(ratio.median).toBe(0.5);
});

test('the two take turns and swap who is first', async () => {
  const order: string[] = [];
  await measure({
    baseline: () => void order.push('b'),
    candidate: () => void order.push('c'),
    rounds: 2,
    warmUp: 0,
  });
  expect(order.join('')).toBe('bccb');
});

test('a subject without a figure is timed', async () => {
  const { count, min } = await repeat(() => {}, 3);
  expect(count).toBe(3);
  expect(min).toBeGreaterThanOrEqual(0);
});
