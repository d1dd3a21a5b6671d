import type { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { createBackoff } from '../database/backoff.ts';
import { createInboxStore, type InboxStore } from '../inbox/inbox-store.ts';
import type { HotRunServices, RunOutcome } from '../run/hot-run.ts';
import type { RunReference, StoredRun } from '../run/run-store.ts';
import type { RunAdmission } from '../scheduling/run-admission.ts';
import type { TaskGate } from '../scheduling/task-gate.ts';
import type { LimitsReader } from '../scheduling/tenant-limits.ts';
import type { WakeUp } from '../wake-up.ts';
import { type ChoresOptions, doChores } from './chores.ts';
import { CommandDelivery } from './command-delivery.ts';
import { HotRuns } from './hot-runs.ts';
import type { HeldLease } from './lease.ts';
import { Recovery } from './recovery.ts';

export type LeaseTermOptions = {
  readonly pool: Pool;
  readonly held: HeldLease;
  readonly services: HotRunServices;
  readonly admission: RunAdmission;
  readonly taskGate: TaskGate;
  readonly limits: LimitsReader;
  readonly maxIdleRuns: number;
  /** Rings when the inbox has something new. */
  readonly inboxBell: WakeUp;
  /** Rings when something happened that triggers wait for. */
  readonly triggerBell: WakeUp;
};

const POLL_MS = 3_000;
const HELD_BACK_MS = 250;
const MAX_RUNS_PER_READ = 200;
/** Runs that come back from a wait are above the places for runs at work, up to so many for each place. */
const HOT_RUNS_PER_PLACE = 4;

/** What a worker does while it holds the lease: goes on with open runs, begins new ones, answers the inbox, does its chores. */
export class LeaseTerm {
  readonly #options: LeaseTermOptions;
  readonly #inbox: InboxStore;
  readonly #hotRuns: HotRuns;
  readonly #commands: CommandDelivery;
  readonly #recovery: Recovery;

  constructor(options: LeaseTermOptions) {
    const { pool, held, services, admission, maxIdleRuns, inboxBell } = options;
    this.#options = options;
    this.#inbox = createInboxStore(pool);
    this.#hotRuns = new HotRuns({
      services,
      admission,
      maxIdleRuns,
      maxRuns: maxIdleRuns + HOT_RUNS_PER_PLACE * admission.maxRuns,
      onFree: () => inboxBell.ring(),
      onReleased: (run, outcome) => this.#onReleased(run, outcome),
    });
    this.#commands = new CommandDelivery({
      inbox: this.#inbox,
      store: services.store,
      hotRuns: this.#hotRuns,
      clock: services.clock,
    });
    this.#recovery = new Recovery({ services, hotRuns: this.#hotRuns, isAfterCrash: held.isAfterCrash });
  }

  /** Works until the signal aborts, then gives every run up and resolves when all have unwound. */
  async run(signal: AbortSignal): Promise<void> {
    const { services, inboxBell } = this.#options;
    const backoff = createBackoff(signal);
    const ring = (): void => inboxBell.ring();
    signal.addEventListener('abort', ring);
    let chores: Promise<void> | undefined;
    while (!signal.aborted) {
      try {
        if (chores === undefined) {
          await this.#options.limits.refresh();
          await this.#resumeOpenRuns(signal);
          chores = doChores(this.#choresOptions(), signal);
        }
        await this.#commands.deliver();
        const waitMs = await this.#claim(signal);
        backoff.reset();
        if (!signal.aborted) await inboxBell.wait(this.#commands.isHoldingBack ? HELD_BACK_MS : waitMs);
      } catch (error) {
        if (signal.aborted) break;
        services.log.warn({ err: error }, 'The inbox could not be read; trying again.');
        await backoff.pause();
      }
    }
    signal.removeEventListener('abort', ring);
    await this.#hotRuns.giveUpAll(signal.reason as PlatformError);
    await chores;
  }

  #choresOptions(): ChoresOptions {
    const { pool, held, services, limits, taskGate, inboxBell, triggerBell } = this.#options;
    return {
      pool,
      lease: held.lease,
      inbox: this.#inbox,
      services,
      blobs: services.blobs,
      limits,
      taskGate,
      hotRuns: this.#hotRuns,
      recovery: this.#recovery,
      wakeUp: triggerBell,
      onRunsStarted: () => inboxBell.ring(),
    };
  }

  async #resumeOpenRuns(signal: AbortSignal): Promise<void> {
    const { store, log } = this.#options.services;
    const references = this.#unknown(await this.#inbox.open());
    for (let start = 0; start < references.length; start += MAX_RUNS_PER_READ) {
      const runs = await store.readRuns(references.slice(start, start + MAX_RUNS_PER_READ));
      await this.#recovery.start(runs, signal);
    }
    if (references.length > 0) log.info({ runs: references.length }, 'Going on with runs that had not ended.');
    void this.#openSlots();
  }

  #unknown(references: readonly RunReference[]): readonly RunReference[] {
    return references.filter((reference) => !this.#hotRuns.isKnown(reference));
  }

  /** Who waits for a place under a limit is let in once it is known which places are taken. */
  async #openSlots(): Promise<void> {
    await this.#hotRuns.caughtUp();
    this.#options.services.sharing.slots.open();
  }

  /** Begins runs while there are places; resolves with how long to wait until there may be more to begin. */
  async #claim(signal: AbortSignal): Promise<number> {
    const { admission } = this.#options;
    while (admission.freePlaces > 0 && !signal.aborted) {
      const limit = Math.min(admission.freePlaces, MAX_RUNS_PER_READ);
      const candidates = await this.#inbox.claimable({
        limit,
        known: this.#hotRuns.notClaimable(),
        fullTenants: admission.fullTenants(),
        fullPipelines: admission.fullPipelines(),
      });
      const admitted = admission.admit(candidates, limit);
      await this.#begin(admitted, signal);
      if (admitted.length < limit) break;
    }
    return Math.min(POLL_MS, admission.nextStartInMs() ?? POLL_MS);
  }

  async #begin(admitted: readonly RunReference[], signal: AbortSignal): Promise<void> {
    if (admitted.length === 0) return;
    const { services, admission } = this.#options;
    try {
      const runs = await services.store.readRuns(admitted);
      const unbegun = runs.filter((run) => isUnbegun(run) && !this.#hotRuns.isKnown(run));
      for (const { createdAt } of unbegun) {
        services.metrics.runClaimed({ waitedMs: Math.max(0, services.clock.now() - createdAt.getTime()) });
      }
      await this.#recovery.start(unbegun, signal);
      if (unbegun.length > 0) await this.#commands.deliverTo(unbegun);
    } finally {
      // Who is not here has ended since it was listed, is set aside, or could not be taken up.
      for (const { runId } of admitted) if (this.#hotRuns.get(runId) === undefined) admission.noteIdle(runId);
    }
  }

  #onReleased(run: StoredRun, outcome: RunOutcome): void {
    const { services, inboxBell } = this.#options;
    if (this.#commands.isHoldingBack) inboxBell.ring();
    const hasUnanswered = this.#commands.forget(run);
    if (outcome === 'parked' && hasUnanswered) inboxBell.ring();
    if (outcome !== 'ended' || !hasUnanswered) return;
    this.#inbox.consumeCommands(run).catch((error: unknown) => {
      services.log.warn({ err: error }, 'Commands of an ended run could not be marked as answered.');
    });
  }
}

/** It may have ended since it was listed. */
const isUnbegun = ({ status, lastSeq }: StoredRun): boolean => status === 'pending' && lastSeq === 0;
