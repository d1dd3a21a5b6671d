import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUCKET_BASE, bucketOf, percentilesOf } from './duration-histogram.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

const histogramOf = (durations: readonly number[]): Record<string, number> => {
  const histogram: Record<string, number> = {};
  for (const duration of durations) {
    const bucket = bucketOf(duration);
    histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  return histogram;
};

test('a bucket ends with a power of the base, which belongs to it', () => {
  expect([0, 0.5, 1].map(bucketOf)).toEqual([0, 0, 0]);
  for (let bucket = 1; bucket < 500; bucket += 1) {
    expect(bucketOf(BUCKET_BASE ** bucket)).toBe(bucket);
    expect(bucketOf(BUCKET_BASE ** bucket * 1.000_01)).toBe(bucket + 1);
  }
});

test('each percentile is within 2.5 % of the duration that has its rank', () => {
  const durations = fc.array(fc.double({ min: 1.001, max: 30 * DAY_MS, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  const percents = [0, 1, 50, 90, 95, 99, 100];
  fc.assert(
    fc.property(durations, (samples) => {
      const sorted = samples.toSorted((a, b) => a - b);
      const found = percentilesOf(histogramOf(samples), percents);
      for (const [index, percent] of percents.entries()) {
        const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
        expect(Math.abs((found[index] ?? Number.NaN) - exact) / exact).toBeLessThan(0.025);
      }
    }),
  );
});

test('what took up to a millisecond reads as one, and nothing has no percentile', () => {
  expect(percentilesOf(histogramOf([0, 0, 1]), [50, 99])).toEqual([1, 1]);
  expect(percentilesOf({}, [50])).toEqual([null]);
});
