import { expect, test } from 'vitest';
import { measure, measureInTurns, repeat } from './measure.ts';

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

test('many subjects take turns, each round with another one first', async () => {
  const order: string[] = [];
  const subject = (name: string, figure: number) => () => {
    order.push(name);
    return figure;
  };
  const result = await measureInTurns(
    { a: subject('a', 1), b: subject('b', 2), c: subject('c', 3) },
    { rounds: 2, warmUp: 1 },
  );
  expect(order.join('')).toBe('abcbcacab');
  expect(result).toMatchObject({ a: { count: 2, median: 1 }, b: { median: 2 }, c: { median: 3 } });
});

test('a subject without a figure is timed', async () => {
  const { count, min } = await repeat(() => {}, 3);
  expect(count).toBe(3);
  expect(min).toBeGreaterThanOrEqual(0);
});
