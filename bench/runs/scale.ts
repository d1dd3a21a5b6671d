import type { LoadShape } from './load.ts';

/** How much is measured. */
export type Scale = {
  readonly warmUp: LoadShape;
  readonly loads: readonly LoadShape[];
  readonly rounds: number;
  readonly mapItems: number;
  readonly parkedRuns: number;
};

export const MOST_AT_ONCE = 50;

export const FULL_SCALE: Scale = {
  warmUp: { atOnce: MOST_AT_ONCE, seconds: 4 },
  loads: [
    { atOnce: 1, seconds: 10 },
    { atOnce: MOST_AT_ONCE, seconds: 15 },
  ],
  rounds: 15,
  mapItems: 10_000,
  parkedRuns: 10_000,
};

/** Enough to see that everything works; its figures say little. */
export const QUICK_SCALE: Scale = {
  warmUp: { atOnce: MOST_AT_ONCE, seconds: 0.3 },
  loads: [
    { atOnce: 1, seconds: 0.5 },
    { atOnce: MOST_AT_ONCE, seconds: 1 },
  ],
  rounds: 2,
  mapItems: 500,
  parkedRuns: 300,
};
