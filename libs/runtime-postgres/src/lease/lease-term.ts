import { isTerminal, type Json, type TaskExecutor } from '@ia-modules/engine';
import type { PlatformError } from '@ia-modules/plugin-sdk';
import type { Metrics } from '@ia-modules/telemetry';
import { createBackoff } from '../database/backoff.ts';
import type { GroupCommitter } from '../log/group-committer.ts';
import { type HotRun, type RunOutcome, startHotRun } from '../run/hot-run.ts';
import type { CancelRequest } from '../run/postgres-context.ts';
import type { LoadProgram, RunProgram } from '../run/run-program.ts';
import type { RunSharing } from '../run/run-sharing.ts';
import type { RunReference, RunStore, StoredCommand, StoredRun } from '../run/run-store.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import type { WakeUp } from '../wake-up.ts';

export type LeaseTermOptions = {
  readonly store: RunStore;
  readonly loadProgram: LoadProgram;
  readonly committer: GroupCommitter;
  readonly executorFor: (run: StoredRun, program: RunProgram) => TaskExecutor;
  readonly sharing: RunSharing;
  readonly maxConcurrentRuns: number;
  readonly metrics: Metrics;
  readonly log: RuntimeLog;
  readonly wakeUp: WakeUp;
};

const POLL_MS = 3_000;
const MAX_RUNS_PER_READ = 200;

/** What a worker does while it holds the lease: goes on with open runs, claims new ones, answers the inbox. */
export class LeaseTerm {
  readonly #options: LeaseTermOptions;
  readonly #hotRuns = new Map<string, HotRun>();
  readonly #setAside = new Set<string>();
  readonly #seenCommands = new Map<string, string>();
  #isFull = false;

  constructor(options: LeaseTermOptions) {
    this.#options = options;
  }

  /** Works until the signal aborts, then gives every run up and resolves when all have unwound. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, wakeUp } = this.#options;
    const backoff = createBackoff(signal);
    const ring = (): void => wakeUp.ring();
    signal.addEventListener('abort', ring);
    let areOpenRunsResumed = false;
    while (!signal.aborted) {
      try {
        if (!areOpenRunsResumed) await this.#resumeOpenRuns();
        areOpenRunsResumed = true;
        await this.#deliverCommands();
        await this.#claim();
        backoff.reset();
        await wakeUp.wait(POLL_MS);
      } catch (error) {
        log.warn({ err: error }, 'The inbox could not be read; trying again.');
        await backoff.pause();
      }
    }
    signal.removeEventListener('abort', ring);
    await this.#giveUpAll(signal.reason as PlatformError);
  }

  async #giveUpAll(reason: PlatformError): Promise<void> {
    const outcomes = [...this.#hotRuns.values()].map((hotRun) => {
      hotRun.giveUp(reason);
      return hotRun.outcome;
    });
    await Promise.all(outcomes);
  }

  async #resumeOpenRuns(): Promise<void> {
    const { store, log } = this.#options;
    const references = (await store.open()).filter((reference) => !this.#isKnown(reference));
    for (let start = 0; start < references.length; start += MAX_RUNS_PER_READ) {
      for (const run of await store.readRuns(references.slice(start, start + MAX_RUNS_PER_READ))) this.#start(run);
    }
    if (references.length > 0) log.info({ runs: references.length }, 'Going on with runs that had not ended.');
    void this.#openSlots();
  }

  /** Who waits for a place under a limit is let in once it is known which places are taken. */
  async #openSlots(): Promise<void> {
    await Promise.all([...this.#hotRuns.values()].map(({ caughtUp }) => caughtUp));
    this.#options.sharing.slots.open();
  }

  async #claim(): Promise<void> {
    const { store, maxConcurrentRuns, metrics } = this.#options;
    for (;;) {
      const free = Math.min(maxConcurrentRuns - this.#countActive(), MAX_RUNS_PER_READ);
      this.#isFull = free <= 0;
      if (this.#isFull) return;
      const known = this.#hotRuns.size + this.#setAside.size;
      const references = (await store.claimable(free + known)).filter((reference) => !this.#isKnown(reference));
      for (const run of await store.readRuns(references.slice(0, free))) {
        if (run.status !== 'pending') continue; // it ended here since the list was made
        metrics.runClaimed({ waitedMs: Math.max(0, Date.now() - run.createdAt.getTime()) });
        this.#start(run);
      }
      if (references.length < free) return;
    }
  }

  #countActive(): number {
    let active = 0;
    for (const hotRun of this.#hotRuns.values()) if (!hotRun.isWaiting) active += 1;
    return active;
  }

  async #deliverCommands(): Promise<void> {
    const { store } = this.#options;
    const commands = await store.readCommands(new Set(this.#seenCommands.keys()));
    const cancels = commands.filter((command) => command.kind === 'cancel');
    const cold = cancels.filter((command) => !this.#hotRuns.has(command.runId));
    const coldRuns = new Map((await store.readRuns(cold)).map((run) => [run.runId, run]));
    for (const command of commands) this.#seenCommands.set(command.id, command.runId);
    for (const command of cancels) {
      const hotRun = this.#hotRuns.get(command.runId);
      const coldRun = coldRuns.get(command.runId);
      if (hotRun !== undefined) hotRun.requestCancel(toCancelRequest(command));
      else if (coldRun?.status === 'pending') this.#start(coldRun, [toCancelRequest(command)]);
      else {
        this.#seenCommands.delete(command.id);
        if (coldRun !== undefined && isTerminal(coldRun.status)) await store.consumeCommands(command);
      }
    }
  }

  #isKnown({ runId }: RunReference): boolean {
    return this.#hotRuns.has(runId) || this.#setAside.has(runId);
  }

  #start(run: StoredRun, cancelRequests: readonly CancelRequest[] = []): void {
    const { store, loadProgram, committer, executorFor, sharing, metrics, log } = this.#options;
    const onWaiting = (): void => this.#noteFreeSlot();
    const hotRun = startHotRun({
      run,
      store,
      loadProgram,
      committer,
      executorFor,
      sharing,
      metrics,
      log,
      cancelRequests,
      onWaiting,
    });
    this.#hotRuns.set(run.runId, hotRun);
    metrics.runHeld();
    void hotRun.outcome.then((outcome) => this.#release(run, outcome));
  }

  #release(run: StoredRun, outcome: RunOutcome): void {
    const { metrics, log } = this.#options;
    this.#hotRuns.delete(run.runId);
    metrics.runReleased();
    if (outcome === 'set_aside') {
      this.#setAside.add(run.runId);
      log.error({ runId: run.runId }, 'The run is set aside: its log can not be written.');
    }
    if (outcome === 'ended') void this.#consumeLeftovers(run);
    this.#noteFreeSlot();
  }

  /** Only when runs had to be left for want of a slot is there anything to look for. */
  #noteFreeSlot(): void {
    if (this.#isFull) this.#options.wakeUp.ring();
  }

  async #consumeLeftovers(run: StoredRun): Promise<void> {
    const { store, log } = this.#options;
    const commandIds = [...this.#seenCommands].filter(([, runId]) => runId === run.runId).map(([id]) => id);
    if (commandIds.length === 0) return;
    try {
      await store.consumeCommands(run);
      for (const id of commandIds) this.#seenCommands.delete(id);
    } catch (error) {
      log.warn({ err: error }, 'Commands of an ended run could not be marked consumed.');
    }
  }
}

const toCancelRequest = ({ id, payload, requestedBy }: StoredCommand): CancelRequest => ({
  commandId: id,
  reason: readReason(payload),
  by: requestedBy,
});

const readReason = (payload: Json): string | null => {
  if (typeof payload !== 'object' || payload === null || !('reason' in payload)) return null;
  return typeof payload.reason === 'string' ? payload.reason : null;
};
