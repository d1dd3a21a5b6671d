import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Logger } from 'pino';
import { LostRehearsalError, RehearsalRows, type TakenRehearsal } from './rehearsal-rows.ts';
import { rehearse, type RehearseServices } from './rehearse.ts';

export type RehearsalsOptions = Omit<RehearseServices, 'rows'> & {
  readonly log: Logger;
  /** A process that says nothing for so long is taken for gone. @default 15,000 */
  readonly leaseMs?: number;
  /** How often it is looked whether there is one to do. @default 2,000 */
  readonly pollMs?: number;
};

export type Rehearsals = {
  /** Ends the one at hand where it is: another process takes it up. */
  readonly stop: () => Promise<void>;
};

const DEFAULT_LEASE_MS = 15_000;
const DEFAULT_POLL_MS = 2_000;
const HOLDS_PER_LEASE = 5;
/** One that processes die of again and again is no good. */
const MAX_TAKES = 5;
const AGAIN_IN_MS = 10_000;
const FORGET_EVERY_MS = 10 * 60_000;
/** How long results are kept. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

/** Works on rehearsals, one at a time in this process and in a tenant, beside whatever else the worker does. */
export const startRehearsals = (options: RehearsalsOptions): Rehearsals => {
  const { log, pollMs = DEFAULT_POLL_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const rows = new RehearsalRows(options.pool, randomUUID());
  let forgetAt = 0;
  const round = async (): Promise<boolean> => {
    if (Date.now() >= forgetAt) {
      await options.pool.query('select forget_rehearsals($1)', [new Date(Date.now() - KEPT_MS)]);
      forgetAt = Date.now() + FORGET_EVERY_MS;
    }
    const taken = await rows.take(options.leaseMs ?? DEFAULT_LEASE_MS);
    if (taken === undefined) return false;
    await work({ ...options, rows }, taken, signal);
    return true;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const hasWorked = await round().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, 'Rehearsals could not be looked after; trying again.');
        return false;
      });
      if (!hasWorked) await delay(pollMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
};

type Working = RehearsalsOptions & { readonly rows: RehearsalRows };

const work = async (options: Working, taken: TakenRehearsal, stopping: AbortSignal): Promise<void> => {
  const { rows, log } = options;
  const lost = new AbortController();
  const holding = keepHolding(options, taken, lost);
  try {
    if (taken.takes > MAX_TAKES) throw tooManyTakes();
    await rehearse(options, taken, AbortSignal.any([stopping, lost.signal]));
    await rows.finish(taken, null);
  } catch (error) {
    if (stopping.aborted) await rows.release(taken, 0).catch(() => undefined);
    else if (!lost.signal.aborted && !(error instanceof LostRehearsalError)) await fail(options, taken, error);
    log.info({ rehearsalId: taken.id, isLost: lost.signal.aborted }, 'A rehearsal did not come to its end here.');
  } finally {
    clearInterval(holding);
  }
};

/** What the database or the registry is to blame for may pass: it is taken up again. */
const fail = async ({ rows, log }: Working, taken: TakenRehearsal, error: unknown): Promise<void> => {
  const isFinal = error instanceof PlatformError && error.disposition !== 'retry';
  if (!isFinal) log.warn({ err: error, rehearsalId: taken.id }, 'A rehearsal failed; it is taken up again.');
  await (isFinal ? rows.finish(taken, error) : rows.release(taken, AGAIN_IN_MS)).catch(() => undefined);
};

const keepHolding = (options: Working, taken: TakenRehearsal, lost: AbortController): NodeJS.Timeout => {
  const { rows, leaseMs = DEFAULT_LEASE_MS } = options;
  const hold = (): void => {
    rows.hold(taken, leaseMs).catch((error: unknown) => {
      if (error instanceof LostRehearsalError) lost.abort(error);
    });
  };
  return setInterval(hold, leaseMs / HOLDS_PER_LEASE);
};

const tooManyTakes = (): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: `The rehearsal was begun ${MAX_TAKES} times, and never came to its end.`,
    hint: 'Rehearse one step of one pipeline to find out which input it is.',
    fault: 'infra',
  });
