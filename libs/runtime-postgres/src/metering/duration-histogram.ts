/** How much longer the longest duration of a bucket is than the shortest. */
export const BUCKET_BASE = 1.05;

/** Counts by bucket: `0` holds what took up to a millisecond, `b` what took more than 1.05^(b-1) and up to 1.05^b. */
export type DurationHistogram = Readonly<Record<string, number>>;

const LOG_BASE = Math.log(BUCKET_BASE);

export const bucketOf = (durationMs: number): number =>
  durationMs <= 1 ? 0 : Math.ceil(Math.log(durationMs) / LOG_BASE - ROUNDING);

/** A power of the base belongs to its own bucket, whatever the logarithm makes of it. */
const ROUNDING = 1e-9;

/** The middle of a bucket, as ratios go: within 2.5 % of every duration in it that is above a millisecond. */
const middleOf = (bucket: number): number => (bucket === 0 ? 1 : BUCKET_BASE ** (bucket - 0.5));

/**
 * The durations that so many percent of all do not exceed, each by the nearest rank and within 5 %; null of an empty
 * histogram.
 * @param percents ascending, from 0 to 100
 */
export const percentilesOf = (
  histogram: DurationHistogram,
  percents: readonly number[],
): readonly (number | null)[] => {
  const buckets = Object.entries(histogram)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .toSorted((a, b) => a.bucket - b.bucket);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let position = 0;
  let passed = buckets[0]?.count ?? 0;
  return percents.map((percent) => {
    const rank = Math.max(1, Math.ceil((percent / 100) * total));
    while (passed < rank && position < buckets.length - 1) {
      position += 1;
      passed += buckets[position]?.count ?? 0;
    }
    const found = buckets[position];
    return found === undefined ? null : middleOf(found.bucket);
  });
};
