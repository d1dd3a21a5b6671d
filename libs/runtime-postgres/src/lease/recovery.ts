import { PlatformError } from '@ia-modules/plugin-sdk';
import { pauseFor } from '../database/backoff.ts';
import type { HotRunServices } from '../run/hot-run.ts';
import { recordFailure, toRunError } from '../run/run-failure.ts';
import type { StoredRun } from '../run/run-store.ts';
import type { HotRuns } from './hot-runs.ts';

export type RecoveryOptions = {
  readonly services: HotRunServices;
  readonly hotRuns: HotRuns;
  /** Whether the worker before came to a violent end. */
  readonly isAfterCrash: boolean;
};

/** Taken up so often without getting on, a run is a suspect: it is tried with no other suspect beside it. */
const MAX_RECOVERIES = 3;
/** Whoever has ended the process so often in such trials fails: workers are also killed for other reasons. */
const MAX_TRIALS = 3;
/** All others get on before the worker is put at risk. */
const BEFORE_TRIAL_MS = 1_000;
/** What follows from progress may be what ends the process. */
const AFTER_PROGRESS_MS = 250;
/** A suspect that gets on, or lives so long, is none. */
const PROBATION_MS = 5_000;
/** Crashes come soon after a start: runs that are begun later are not noted. */
const CAUTION_MS = 30_000;

/**
 * Finds out which run brings its worker down. After a crash every run that is taken up is noted before; who has been noted three
 * times without progress is tried with no other suspect beside it, and when that ends the process three times more the run is
 * failed by its name.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #cautiousUntil: number;
  readonly #suspects: StoredRun[] = [];
  #isTrying = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#cautiousUntil = options.isAfterCrash ? options.services.clock.elapsed() + CAUTION_MS : 0;
  }

  /** Takes runs up, the suspects among them one after the other. */
  async start(runs: readonly StoredRun[], signal: AbortSignal): Promise<void> {
    const { services, hotRuns } = this.#options;
    const innocent = runs.filter(({ recoveries }) => recoveries < MAX_RECOVERIES);
    const suspects = runs.filter(({ recoveries }) => recoveries >= MAX_RECOVERIES);
    if (services.clock.elapsed() < this.#cautiousUntil) await services.store.noteRecoveries(innocent);
    // Meanwhile a command may have taken one of them up.
    for (const run of innocent) if (!hotRuns.isKnown(run)) hotRuns.start(run);
    if (suspects.length === 0) return;
    for (const run of suspects) hotRuns.setAside(run);
    this.#suspects.push(...suspects);
    this.#suspects.sort((a, b) => b.recoveries - a.recoveries);
    if (!this.#isTrying) void this.#try(signal);
  }

  async #try(signal: AbortSignal): Promise<void> {
    const { log } = this.#options.services;
    this.#isTrying = true;
    for (let run = this.#suspects.shift(); run !== undefined && !signal.aborted; run = this.#suspects.shift()) {
      try {
        if (run.recoveries >= MAX_RECOVERIES + MAX_TRIALS) await this.#condemn(run);
        else await this.#tryAlone(run, signal);
      } catch (error) {
        log.warn({ err: error, runId: run.runId }, 'A run that may have ended its worker could not be tried.');
        await pauseFor(PROBATION_MS, signal);
        this.#suspects.push(run);
      }
    }
    this.#isTrying = false;
  }

  async #tryAlone(run: StoredRun, signal: AbortSignal): Promise<void> {
    const { services, hotRuns } = this.#options;
    await pauseFor(BEFORE_TRIAL_MS, signal);
    if (signal.aborted) return;
    services.log.warn({ runId: run.runId }, 'The run may have ended its worker before; it is tried alone.');
    await services.store.noteTrial(run);
    hotRuns.readmit(run);
    const { progressed } = hotRuns.start(run);
    await Promise.race([progressed, pauseFor(PROBATION_MS, signal)]);
    await pauseFor(AFTER_PROGRESS_MS, signal);
    if (!signal.aborted) await services.store.clearRecoveries([run]);
  }

  async #condemn(run: StoredRun): Promise<void> {
    const { services, hotRuns } = this.#options;
    const { committer, clock, log } = services;
    log.error({ runId: run.runId, pipeline: run.pipelineName }, 'The run ends its worker again and again: it fails.');
    await recordFailure({ run, lastSeq: run.lastSeq, error: toRunError(poison(run)), committer, clock });
    hotRuns.readmit(run);
  }
}

const poison = ({ recoveries }: StoredRun): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_POISON',
    message: `The process of the worker ended ${recoveries} times while it worked on this run.`,
    hint: 'Look into the steps that it was about to make: one of them takes too much memory, or ends the process.',
    fault: 'plugin',
  });
