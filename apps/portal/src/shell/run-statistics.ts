type FinishedRun = Readonly<{ status: string; durationMs: number | null }>;

/** `successShare` is a percentage to show; `medianMs` is null before the first run finished. */
export type RunStatistics = Readonly<{
  finishedCount: number;
  failedCount: number;
  successShare: string;
  medianMs: number | null;
}>;

/** Sums up how runs went; those that still go on and those that were canceled don't count. */
export function summarizeRuns(runs: readonly FinishedRun[]): RunStatistics {
  const finished = runs.filter(({ status }) => status === 'succeeded' || status === 'failed');
  const failedCount = finished.filter(({ status }) => status === 'failed').length;
  const durations = finished.flatMap(({ durationMs }) => durationMs ?? []).toSorted((a, b) => a - b);
  const share = finished.length === 0 ? null : (finished.length - failedCount) / finished.length;
  return {
    finishedCount: finished.length,
    failedCount,
    successShare: share === null ? '–' : `${Math.floor(share * 100)} %`,
    medianMs: durations[Math.floor((durations.length - 1) / 2)] ?? null,
  };
}
