import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareReports, estimateRatio } from './compare-reports.ts';
import { type BenchmarkCase, type BenchmarkReport, parseReport } from './report.ts';
import { summarize } from './statistics.ts';

const caseOf = (name: string, samples: readonly number[], more: Partial<BenchmarkCase> = {}): BenchmarkCase => ({
  name,
  unit: 'ms',
  isLowerBetter: true,
  summary: summarize(samples),
  samples: [...samples],
  ...more,
});
const reportOf = (...cases: BenchmarkCase[]): BenchmarkReport => ({
  format: 1,
  measuredAt: '2026-01-31T09:00:00.000Z',
  machine: { cpu: 'test', cores: 2, memoryGb: 4, node: '26.0.0' },
  cases,
});

/** Around a middle, a few per cent apart. */
const around = (middle: number, spread = 0.02): number[] =>
  Array.from({ length: 20 }, (_, index) => middle * (1 + spread * (index / 19 - 0.5)));

const verdictOf = (base: readonly number[], head: readonly number[], more: Partial<BenchmarkCase> = {}) =>
  compareReports(reportOf(caseOf('a', base, more)), reportOf(caseOf('a', head, more))).cases[0]?.verdict;

test('a change beyond the threshold is slower or faster, one within is none', () => {
  expect(verdictOf(around(100), around(120))).toBe('slower');
  expect(verdictOf(around(100), around(80))).toBe('faster');
  expect(verdictOf(around(100), around(101))).toBe('same');
});

test('where more is better a larger figure is faster', () => {
  expect(verdictOf(around(100), around(120), { isLowerBetter: false })).toBe('faster');
});

test('what can not be told is unclear: noise, few samples, none, another unit', () => {
  expect(verdictOf(around(100, 1), around(106, 1))).toBe('unclear');
  expect(verdictOf([1, 1, 1, 1], [9, 9, 9, 9])).toBe('unclear');
  const [base, head] = [caseOf('a', around(1)), caseOf('a', around(9))];
  const { samples: _samples, ...bare } = head;
  expect(compareReports(reportOf(base), reportOf(bare)).cases[0]).toMatchObject({
    verdict: 'unclear',
    interval: null,
    ratio: head.summary.median / base.summary.median,
  });
  const inSeconds = compareReports(reportOf(base), reportOf({ ...head, unit: 's' }));
  expect(inSeconds.cases[0]?.verdict).toBe('unclear');
});

test('one outlier moves neither the ratio nor the verdict', () => {
  expect(verdictOf(around(100), [...around(100), 100_000])).toBe('same');
});

test('cases of one report alone are named', () => {
  const compared = compareReports(
    reportOf(caseOf('a', [1]), caseOf('b', [1])),
    reportOf(caseOf('b', [1]), caseOf('c', [1])),
  );
  expect(compared).toMatchObject({ added: ['c'], removed: ['a'], cases: [{ name: 'b' }] });
});

const samples = fc.array(fc.double({ min: 0.1, max: 1_000, noNaN: true }), { minLength: 5, maxLength: 60 });

test('the interval holds the ratio, and turns around when the reports do', () => {
  fc.assert(
    fc.property(samples, samples, (base, head) => {
      const there = estimateRatio(base, head);
      const back = estimateRatio(head, base);
      if (there === null || back === null) throw new TypeError('There are enough samples.');
      expect(there.low).toBeLessThanOrEqual(there.ratio);
      expect(there.high).toBeGreaterThanOrEqual(there.ratio);
      expect(back.low * there.high).toBeCloseTo(1, 9);
      expect(back.high * there.low).toBeCloseTo(1, 9);
    }),
  );
});

test('a report says all that is wrong with it', () => {
  expect(parseReport(reportOf(caseOf('a', [1]))).problems).toEqual([]);
  const twice = reportOf(caseOf('a', [1]), caseOf('a', [1]));
  expect(parseReport(twice).problems).toEqual([{ path: '$.cases', message: 'Two cases have the same name.' }]);
  const wrong = { ...reportOf(caseOf('a', [1], { samples: [-1] })), format: 2, more: true };
  expect(parseReport(wrong).problems.map(({ path }) => path)).toEqual(['$.format', '$.cases[0].samples[0]', '$']);
});
