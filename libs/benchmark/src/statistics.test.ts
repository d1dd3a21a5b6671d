import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, percentile, summarize } from './statistics.ts';

const figures = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 50 });

test('known samples', () => {
  expect(summarize([5, 1, 3, 2, 4])).toMatchObject({ count: 5, min: 1, median: 3, max: 5, mean: 3, mad: 1 });
  expect(median([1, 2, 3, 10])).toBe(2.5);
  expect(percentile([0, 10], 25)).toBe(2.5);
});

test('one outlier moves neither the median nor the deviation', () => {
  expect(summarize([10, 10, 11, 9, 10_000])).toMatchObject({ median: 10, mad: 1 });
});

test('without samples there is no summary', () => {
  expect(() => summarize([])).toThrow(RangeError);
});

test('the figures are in order and within the samples, whatever these are', () => {
  fc.assert(
    fc.property(figures, (samples) => {
      const { min, median: middle, p95, p99, max, mad } = summarize(samples);
      expect([min, middle, p95, p99, max].toSorted((a, b) => a - b)).toEqual([min, middle, p95, p99, max]);
      expect(min).toBe(Math.min(...samples));
      expect(max).toBe(Math.max(...samples));
      expect(mad).toBeLessThanOrEqual(max - min);
    }),
  );
});
