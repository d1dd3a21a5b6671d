import { LRUCache } from 'lru-cache';
import type { StepTally } from './step-tally.ts';

/** Rows of figures, over all runs. */
const MAX_ROWS = 200_000;

/** Tallies of runs that this worker has just ended, until they are metered; those that are forgotten are in the log. */
export type KeptTallies = {
  keep(runId: string, tally: StepTally): void;
  get(runId: string): StepTally | undefined;
  forget(runId: string): void;
};

export const createKeptTallies = (maxRows = MAX_ROWS): KeptTallies => {
  const tallies = new LRUCache<string, StepTally>({
    maxSize: maxRows,
    sizeCalculation: ({ state }) => 1 + state.figures.size,
  });
  return {
    keep: (runId, tally) => void tallies.set(runId, tally),
    get: (runId) => tallies.peek(runId),
    forget: (runId) => void tallies.delete(runId),
  };
};
