import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStartWindow } from './start-window.ts';

test('tells how long it takes until one more may begin', () => {
  let now = 0;
  const window = createStartWindow(() => now);
  expect(window.waitMs('a', 2)).toBe(0);
  window.note('a');
  now = 10_000;
  window.note('a');
  expect(window.waitMs('a', 2)).toBe(50_000);
  expect(window.waitMs('a', 1)).toBe(60_000);
  expect(window.waitMs('b', 2)).toBe(0);
  now = 60_000;
  expect(window.waitMs('a', 2)).toBe(0);
  expect([...window.tenants()]).toEqual(['a']);
  now = 70_000;
  expect(window.waitMs('a', 1)).toBe(0);
  expect([...window.tenants()]).toEqual([]);
});

test('no minute holds more starts than the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(30_000), { maxLength: 100 }), (limit, gaps) => {
      let now = 0;
      const window = createStartWindow(() => now);
      const starts: number[] = [];
      for (const gapMs of gaps) {
        now += gapMs;
        if (window.waitMs('a', limit) > 0) continue;
        window.note('a');
        starts.push(now);
      }
      for (const from of starts) {
        expect(starts.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(limit);
      }
    }),
  );
});
