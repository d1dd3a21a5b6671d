import type { BlobStore } from '@ia-modules/blobs';
import type { Pool } from 'pg';
import { pauseFor } from '../database/backoff.ts';
import type { InboxStore } from '../inbox/inbox-store.ts';
import { meterRuns } from '../metering/meter-runs.ts';
import { retireMetrics } from '../metering/retire-metrics.ts';
import { createUsesFinder } from '../metering/step-uses.ts';
import { forgetChanges } from '../retention/forget-changes.ts';
import { pruneLogs } from '../retention/prune-logs.ts';
import { trimSharing } from '../retention/trim-sharing.ts';
import type { HotRunServices } from '../run/hot-run.ts';
import type { TaskGate } from '../scheduling/task-gate.ts';
import type { LimitsReader } from '../scheduling/tenant-limits.ts';
import { fireSchedules } from '../triggers/fire-schedules.ts';
import { startFromEvents } from '../triggers/start-from-events.ts';
import type { TriggerOutcome } from '../triggers/trigger-round.ts';
import type { WakeUp } from '../wake-up.ts';
import { analyzeGrownTables } from './analyze-tables.ts';
import type { HotRuns } from './hot-runs.ts';
import type { Lease } from './lease.ts';
import type { Recovery } from './recovery.ts';

export type ChoresOptions = {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly inbox: InboxStore;
  readonly services: HotRunServices;
  readonly blobs: BlobStore | undefined;
  readonly limits: LimitsReader;
  readonly taskGate: TaskGate;
  readonly hotRuns: HotRuns;
  readonly recovery: Recovery;
  /** Rings when something happened that triggers wait for. */
  readonly wakeUp: WakeUp;
  /** Where new runs are waited for. */
  readonly onRunsStarted: () => void;
};

const MAX_WAIT_MS = 1_000;
/** What is due and can't be taken up yet stays due. */
const MIN_WAIT_MS = 50;
/** Runs are taken up so long before they are due, and wait for the moment in memory. */
const AHEAD_MS = 1_500;
const MAX_DUE_RUNS = 500;
const LIMITS_EVERY_MS = 3_000;
const ANALYZE_EVERY_MS = 3_000;
const PRUNE_EVERY_MS = 60_000;
const TRIM_EVERY_MS = 60_000;
const METER_EVERY_MS = 1_000;
const METER_BUSY_MS = 250;
const METER_CATCH_UP_MS = 10;
const RETIRE_EVERY_MS = 15 * 60_000;

/** What the holder of the lease does by the clock, side by side: due runs, schedules and events, limits, retention. */
export const doChores = async (options: ChoresOptions, signal: AbortSignal): Promise<void> => {
  const { wakeUp } = options;
  const ring = (): void => wakeUp.ring();
  const sleep = (waitMs: number): Promise<void> => pauseFor(waitMs, signal);
  signal.addEventListener('abort', ring);
  await Promise.all([
    repeat(options, signal, { work: () => takeUpDueRuns(options, signal), untilNext: untilNextDue, wait: sleep }),
    repeat(options, signal, {
      work: () => fireTriggers(options, signal),
      untilNext: untilNextDue,
      wait: (waitMs) => wakeUp.wait(waitMs),
    }),
    repeat(options, signal, { work: () => refreshLimits(options), untilNext: () => LIMITS_EVERY_MS, wait: sleep }),
    repeat(options, signal, {
      work: () => analyzeGrownTables(options.pool),
      untilNext: () => ANALYZE_EVERY_MS,
      wait: sleep,
    }),
    repeat(options, signal, { work: () => prune(options, signal), untilNext: () => PRUNE_EVERY_MS, wait: sleep }),
    repeat(options, signal, { work: () => trim(options, signal), untilNext: () => TRIM_EVERY_MS, wait: sleep }),
    repeat(options, signal, {
      work: () => forgetChanges(options.pool, options.services.clock.now(), signal),
      untilNext: () => TRIM_EVERY_MS,
      wait: sleep,
    }),
    meterUntil(options, signal),
  ]);
  signal.removeEventListener('abort', ring);
};

type Chore = {
  readonly work: () => Promise<void>;
  readonly untilNext: (options: ChoresOptions) => Promise<number> | number;
  readonly wait: (waitMs: number) => Promise<void>;
};

const repeat = async (options: ChoresOptions, signal: AbortSignal, chore: Chore): Promise<void> => {
  const { log } = options.services;
  while (!signal.aborted) {
    try {
      await chore.work();
      const waitMs = await chore.untilNext(options);
      if (!signal.aborted) await chore.wait(waitMs);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'A chore of the worker failed; trying again.');
      await pauseFor(MAX_WAIT_MS, signal);
    }
  }
};

const untilNextDue = async ({ inbox, services }: ChoresOptions): Promise<number> => {
  const nextAt = await inbox.nextDueAt();
  if (nextAt === null) return MAX_WAIT_MS;
  return Math.max(MIN_WAIT_MS, Math.min(nextAt.getTime() - services.clock.now(), MAX_WAIT_MS));
};

const refreshLimits = async ({ limits, taskGate }: ChoresOptions): Promise<void> => {
  await limits.refresh();
  taskGate.reviewLimits();
};

const takeUpDueRuns = async (
  { inbox, services, hotRuns, recovery }: ChoresOptions,
  signal: AbortSignal,
): Promise<void> => {
  if (hotRuns.isCrowded) return;
  const until = new Date(services.clock.now() + AHEAD_MS);
  // Those that are here already stand in the table as well, until they write.
  const references = await inbox.due(until, MAX_DUE_RUNS + hotRuns.size);
  const due = references.filter((reference) => !hotRuns.isKnown(reference)).slice(0, MAX_DUE_RUNS);
  const runs = await services.store.readRuns(due);
  if (!signal.aborted)
    await recovery.start(
      runs.filter((run) => !hotRuns.isKnown(run)),
      signal,
    );
};

const fireTriggers = async (options: ChoresOptions, signal: AbortSignal): Promise<void> => {
  const { pool, lease: fence, services, onRunsStarted } = options;
  const rounds: (() => Promise<TriggerOutcome>)[] = [
    () => fireSchedules({ pool, fence, now: new Date(services.clock.now()) }),
    () => startFromEvents({ pool, fence }),
  ];
  for (const round of rounds) {
    for (let hasMore = true; hasMore && !signal.aborted; ) {
      const outcome = await round();
      if (outcome.started > 0) onRunsStarted();
      hasMore = outcome.hasMore;
    }
  }
};

const trim = ({ pool, services: { clock, sharing } }: ChoresOptions, signal: AbortSignal): Promise<void> =>
  trimSharing({ pool, now: clock.now(), grown: sharing.grown, signal });

/** Ends of runs are counted soon, and in small parts, as the work on runs comes first. */
const meterUntil = (options: ChoresOptions, signal: AbortSignal): Promise<unknown> => {
  const { pool, services, hotRuns } = options;
  const findUses = createUsesFinder();
  let hasMore = false;
  const metering = repeat(options, signal, {
    work: async () => {
      ({ hasMore } = await meterRuns({ pool, tallies: services.tallies, findUses }));
    },
    untilNext: () => {
      if (!hasMore) return METER_EVERY_MS;
      return hotRuns.activeCount > 0 ? METER_BUSY_MS : METER_CATCH_UP_MS;
    },
    wait: (waitMs) => pauseFor(waitMs, signal),
  });
  let hasRetired = false;
  const retiring = repeat(options, signal, {
    work: async () => {
      hasRetired = !(await retireMetrics(pool, services.clock.now()));
    },
    untilNext: () => (hasRetired ? RETIRE_EVERY_MS : METER_BUSY_MS),
    wait: (waitMs) => pauseFor(waitMs, signal),
  });
  return Promise.all([metering, retiring]);
};

const prune = async ({ pool, blobs, services: { clock, log } }: ChoresOptions, signal: AbortSignal): Promise<void> => {
  if (blobs === undefined) return;
  for (let hasMore = true; hasMore && !signal.aborted; ) {
    ({ hasMore } = await pruneLogs({ pool, blobs, now: clock.now(), log, signal }));
  }
};
