import type { StartRun } from './load.ts';
import type { BenchServer } from './server.ts';

/** Steps of each run, in a row, each of them with its own result in the log. */
export const STEPS = 10;

export type OpenSubject = AsyncDisposable & { readonly start: StartRun };

/** One way to make durable runs of ten steps that do nothing. */
export type Subject = {
  readonly name: string;
  /** How it makes them, for whoever reads the figures. */
  readonly method: string;
  open(server: BenchServer): Promise<OpenSubject>;
};

/** Times a run whose work tells how many steps it has done. */
export const timeRun =
  (work: () => Promise<number>): StartRun =>
  async () => {
    const startedAt = performance.now();
    const steps = await work();
    if (steps !== STEPS) throw new Error(`a run has done ${steps} of ${STEPS} steps`);
    return { endMs: performance.now() - startedAt };
  };
