import type { BenchmarkCase, BenchmarkReport } from './report.ts';
import { percentile } from './statistics.ts';

export const VERDICTS = ['faster', 'slower', 'same', 'unclear'] as const;
/** Of the later report against the earlier one. */
export type Verdict = (typeof VERDICTS)[number];

export type CaseComparison = Readonly<{
  name: string;
  unit: string;
  isLowerBetter: boolean;
  baseMedian: number;
  headMedian: number;
  /** How many times the earlier figure the later one is. */
  ratio: number;
  /** Where the true ratio lies, with 95 % confidence; null without enough samples. */
  interval: Readonly<{ low: number; high: number }> | null;
  verdict: Verdict;
}>;

export type ReportComparison = Readonly<{
  /** Of the cases that both reports have, in the order of the later one. */
  cases: readonly CaseComparison[];
  /** Names of cases that only the later report has. */
  added: readonly string[];
  /** Names of cases that only the earlier report has. */
  removed: readonly string[];
}>;

/** A change that is smaller is none: 5 %. */
export const DEFAULT_THRESHOLD = 0.05;

/**
 * Compares a later report with an earlier one. A case is slower when the whole interval lies beyond the threshold, faster
 * when it lies beyond on the other side, the same when it lies within, and else unclear.
 * @param threshold a share: 0.05 lets 5 % pass
 */
export function compareReports(
  base: BenchmarkReport,
  head: BenchmarkReport,
  threshold = DEFAULT_THRESHOLD,
): ReportComparison {
  const before = new Map(base.cases.map((measured) => [measured.name, measured]));
  const after = new Set(head.cases.map(({ name }) => name));
  return {
    cases: head.cases.flatMap((measured) => {
      const earlier = before.get(measured.name);
      return earlier === undefined ? [] : [compareCase(earlier, measured, threshold)];
    }),
    added: head.cases.filter(({ name }) => !before.has(name)).map(({ name }) => name),
    removed: base.cases.filter(({ name }) => !after.has(name)).map(({ name }) => name),
  };
}

function compareCase(base: BenchmarkCase, head: BenchmarkCase, threshold: number): CaseComparison {
  const { name, unit, isLowerBetter } = head;
  const isComparable = base.unit === unit && base.isLowerBetter === isLowerBetter;
  const estimate = isComparable ? estimateRatio(base.samples ?? [], head.samples ?? []) : null;
  return {
    name,
    unit,
    isLowerBetter,
    baseMedian: base.summary.median,
    headMedian: head.summary.median,
    ratio: estimate?.ratio ?? head.summary.median / base.summary.median,
    interval: estimate === null ? null : { low: estimate.low, high: estimate.high },
    verdict: estimate === null ? 'unclear' : judge(estimate, isLowerBetter, 1 + threshold),
  };
}

type Estimate = Readonly<{ ratio: number; low: number; high: number }>;

function judge({ low, high }: Estimate, isLowerBetter: boolean, bound: number): Verdict {
  if (low > bound) return isLowerBetter ? 'slower' : 'faster';
  if (high < 1 / bound) return isLowerBetter ? 'faster' : 'slower';
  return low >= 1 / bound && high <= bound ? 'same' : 'unclear';
}

const MIN_SAMPLES = 5;
/** More than that would only narrow an interval that is narrow already. */
const MAX_COMPARED = 100;
/** Of the normal distribution, for 95 %. */
const Z = 1.96;

/**
 * How many times as large the second samples are: the median of all ratios of one to one, and the interval of those that
 * Mann and Whitney's test does not refuse (Hodges and Lehmann 1963). It assumes nothing of how samples are spread, and an
 * outlier moves it little.
 */
export function estimateRatio(base: readonly number[], head: readonly number[]): Estimate | null {
  if (base.length < MIN_SAMPLES || head.length < MIN_SAMPLES) return null;
  const [before, after] = [thin(base), thin(head)];
  const ratios = after.flatMap((later) => before.map((earlier) => later / earlier)).toSorted((a, b) => a - b);
  const pairs = ratios.length;
  const deviation = Math.sqrt((pairs * (before.length + after.length + 1)) / 12);
  const rank = Math.max(0, Math.floor(pairs / 2 - Z * deviation) - 1);
  const [low, high] = [ratios[rank], ratios[pairs - 1 - rank]];
  if (low === undefined || high === undefined) return null;
  return { ratio: percentile(ratios, 50), low, high };
}

/** Keeps evenly spread ones of very many. */
function thin(samples: readonly number[]): readonly number[] {
  if (samples.length <= MAX_COMPARED) return samples;
  const sorted = samples.toSorted((a, b) => a - b);
  return Array.from({ length: MAX_COMPARED }, (_, index) => percentile(sorted, (index / (MAX_COMPARED - 1)) * 100));
}
