import { performance } from 'node:perf_hooks';
import { type Summary, summarize } from '@ia-modules/benchmark';

export type RunTimes = { readonly endMs: number; readonly firstEventMs?: number };

/** Makes one run and resolves when it has ended for good. */
export type StartRun = () => Promise<RunTimes>;

/** So many runs at once for a while: whenever one has ended the next one begins. */
export type LoadShape = { readonly atOnce: number; readonly seconds: number };

export type Load = {
  readonly atOnce: number;
  readonly runs: number;
  readonly runsPerSecond: number;
  readonly endMs: Summary;
  readonly firstEventMs: Summary | undefined;
};

/** @throws the first error of a run, when the others have ended */
export const applyLoad = async (start: StartRun, { atOnce, seconds }: LoadShape): Promise<Load> => {
  const times: RunTimes[] = [];
  const startedAt = performance.now();
  const broken = new AbortController();
  const lane = async (): Promise<void> => {
    try {
      do times.push(await start());
      while (!broken.signal.aborted && performance.now() - startedAt < seconds * 1_000);
    } catch (error) {
      broken.abort();
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  const elapsedMs = performance.now() - startedAt;
  for (const settled of lanes) if (settled.status === 'rejected') throw settled.reason;
  const firstEvents = times.flatMap(({ firstEventMs }) => firstEventMs ?? []);
  return {
    atOnce,
    runs: times.length,
    runsPerSecond: (times.length / elapsedMs) * 1_000,
    endMs: summarize(times.map(({ endMs }) => endMs)),
    firstEventMs: firstEvents.length === 0 ? undefined : summarize(firstEvents),
  };
};
