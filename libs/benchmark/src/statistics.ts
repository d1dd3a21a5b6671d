export type Summary = Readonly<{
  count: number;
  min: number;
  median: number;
  p95: number;
  p99: number;
  max: number;
  mean: number;
  /** Median absolute deviation: how far a typical sample lies from the median. Outliers do not move it. */
  mad: number;
}>;

/** Sums samples up by numbers that a few outliers do not spoil. @throws RangeError without samples */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('there are no samples');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = percentile(sorted, 50);
  const deviations = sorted.map((sample) => Math.abs(sample - middle)).toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    min: percentile(sorted, 0),
    median: middle,
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
    mean: sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length,
    mad: percentile(deviations, 50),
  };
}

/** The middle of samples in any order. */
export function median(samples: readonly number[]): number {
  return summarize(samples).median;
}

/** Interpolates between neighbours. `sorted` must be ascending and not empty. */
export function percentile(sorted: readonly number[], percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined)
    throw new RangeError(`no ${percent}th percentile of ${sorted.length} samples`);
  return below + (above - below) * (position - Math.floor(position));
}
