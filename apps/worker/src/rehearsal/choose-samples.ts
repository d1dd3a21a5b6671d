/** A recorded attempt that may be rehearsed: where it stands, nothing of what it holds. */
export type Candidate = {
  readonly runId: string;
  readonly stepId: string | null;
  readonly iteration: string | null;
  readonly itemIndex: string | null;
  readonly part: string | null;
  readonly attempt: number;
  readonly kind: string;
  readonly contribution: string;
  readonly fromVersion: string;
  readonly fromIntegrity: string;
  readonly scheduledSeq: number;
  readonly startedSeq: number;
  readonly endedSeq: number;
  readonly isFailed: boolean;
  /** Tells inputs apart, with what they are for. */
  readonly inputHash: string;
};

/** Of the samples, so many at least are failures when there are as many. */
const FAILED_SHARE = 0.25;

/**
 * Chooses among attempts, the newest first: different inputs before the same again, and failures beside successes. The order stays.
 */
export const chooseSamples = (candidates: readonly Candidate[], count: number): readonly Candidate[] => {
  const { distinct, repeated } = parted(candidates);
  const failed = distinct.filter(({ isFailed }) => isFailed);
  const succeeded = distinct.filter(({ isFailed }) => !isFailed);
  const failures = Math.max(Math.ceil(count * FAILED_SHARE), count - succeeded.length);
  const kept = failed.slice(0, failures);
  const chosen = new Set([...kept, ...succeeded.slice(0, count - kept.length)]);
  for (const candidate of repeated) if (chosen.size < count) chosen.add(candidate);
  return candidates.filter((candidate) => chosen.has(candidate));
};

const parted = (candidates: readonly Candidate[]) => {
  const seen = new Set<string>();
  const distinct: Candidate[] = [];
  const repeated: Candidate[] = [];
  for (const candidate of candidates) {
    const key = `${candidate.kind} ${candidate.contribution} ${candidate.fromVersion} ${candidate.isFailed} ${candidate.inputHash}`;
    (seen.has(key) ? repeated : distinct).push(candidate);
    seen.add(key);
  }
  return { distinct, repeated };
};
