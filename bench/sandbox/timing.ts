import { monitorEventLoopDelay } from 'node:perf_hooks';

const NANOSECONDS_PER_MS = 1e6;

/** Milliseconds of each turn of some work, one after the other. */
export const timesOf = async (turns: number, work: (turn: number) => Promise<unknown>): Promise<number[]> => {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const start = performance.now();
    await work(turn);
    times.push(performance.now() - start);
  }
  return times;
};

export type LoopDelay = { readonly p99Ms: number; readonly maxMs: number };

/** How late this process comes to its timers while something goes on. */
export const loopDelayDuring = async (work: () => Promise<unknown>): Promise<LoopDelay> => {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return { p99Ms: histogram.percentile(99) / NANOSECONDS_PER_MS, maxMs: histogram.max / NANOSECONDS_PER_MS };
};
