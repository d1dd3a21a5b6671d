import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PluginContext } from '@ia-modules/plugin-sdk';
import { overLimit } from './data-errors.ts';

const TURN_MS = 12;
const MAX_WORK_MS = 10_000;

/** Keeps long work from holding up everything else in the process. */
export type Pace = {
  /** Whether this turn has lasted long enough, so that `rest` is due. */
  readonly isDue: () => boolean;
  /**
   * Lets the event loop turn once.
   * @throws the signal's reason when the call was canceled; PluginError `IA_PLUGIN_LIMIT` when the work has taken too long in all
   */
  readonly rest: () => Promise<void>;
};

/**
 * Starts to measure a call's work: `if (pace.isDue()) await pace.rest()` belongs into every loop over data.
 * @param maxWorkMs how long it may compute in all, rests not counted
 */
export const createPace = ({ signal }: Pick<PluginContext, 'signal'>, maxWorkMs = MAX_WORK_MS): Pace => {
  let turnStart = performance.now();
  let workedMs = 0;
  return {
    isDue: () => performance.now() - turnStart >= TURN_MS,
    rest: async () => {
      workedMs += performance.now() - turnStart;
      if (workedMs > maxWorkMs) throw overLimit(`The work takes more than ${maxWorkMs / 1_000} seconds of computing.`);
      await nextTurn();
      signal.throwIfAborted();
      turnStart = performance.now();
    },
  };
};
