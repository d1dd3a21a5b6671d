import { randomUUID } from 'node:crypto';
import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { createBackoff, pauseFor } from '../database/backoff.ts';
import type { DatabaseConnection } from '../database/database-connection.ts';

/** The right to write run logs. `fence` grows with each holder, so that an earlier one can be told apart. */
export type Lease = { readonly name: string; readonly holder: string; readonly fence: string };

export type HeldLease = {
  readonly lease: Lease;
  /** Whether the holder before did not give it back: it came to a violent end, or lost its database. */
  readonly isAfterCrash: boolean;
  /** Aborts with IA_RUNTIME_LEASE_LOST when another holder has taken over. */
  readonly lost: AbortSignal;
  /** Gives the lease back, so that the next holder need not wait for its end. */
  release(): Promise<void>;
};

export type LeaseOptions = {
  readonly connection: DatabaseConnection;
  readonly name: string;
  readonly ttlMs: number;
  /** Hears once that another holder has the lease. */
  readonly onStandby?: () => void;
  /** What the holder tells of itself with each renewal. */
  readonly report?: () => JsonObject;
};

const MAX_POLL_MS = 250;

const TAKE_LEASE = `insert into worker_leases as held (name, holder, fence, expires_at)
  values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
  on conflict (name) do update
    set holder = excluded.holder, fence = held.fence + 1, expires_at = excluded.expires_at
    where held.expires_at < clock_timestamp()
  returning fence`;
const READ_RELEASED = `select expires_at = '-infinity' as "isReleased" from worker_leases where name = $1`;
const READ_REMAINING = `select greatest(0, extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as remaining_ms
  from worker_leases where name = $1`;
const RENEW_LEASE = `update worker_leases set expires_at = clock_timestamp() + make_interval(secs => $4), report = $5
  where name = $1 and holder = $2 and fence = $3`;
const RELEASE_LEASE = `update worker_leases set expires_at = '-infinity' where name = $1 and holder = $2 and fence = $3`;

/**
 * Waits until the lease is free or expired, takes it and keeps renewing it three times in its term. Trouble with the
 * database only delays both; the lease is lost when the database says that another holder has it.
 * @throws PlatformError IA_RUNTIME_STOPPED when the signal aborts the wait
 */
export const holdLease = async (options: LeaseOptions, signal: AbortSignal): Promise<HeldLease> => {
  const { lease, isAfterCrash } = await acquire(options, signal);
  const lost = new AbortController();
  const released = new AbortController();
  const renewal = renewUntil(options, lease, { lost, released: released.signal });
  return {
    lease,
    isAfterCrash,
    lost: lost.signal,
    release: async () => {
      released.abort();
      await renewal;
      if (lost.signal.aborted) return;
      await options.connection
        .use((client) => client.query(RELEASE_LEASE, [lease.name, lease.holder, lease.fence]))
        .catch(() => undefined); // it then expires by itself
    },
  };
};

type Acquired = Pick<HeldLease, 'lease' | 'isAfterCrash'>;

const acquire = async (
  { connection, name, ttlMs, onStandby }: LeaseOptions,
  signal: AbortSignal,
): Promise<Acquired> => {
  const holder = randomUUID();
  const backoff = createBackoff(signal);
  let isStandingBy = false;
  while (!signal.aborted) {
    try {
      const before = await connection.use((client) => client.query<{ isReleased: boolean }>(READ_RELEASED, [name]));
      const { rows } = await connection.use((client) =>
        client.query<{ fence: string }>(TAKE_LEASE, [name, holder, ttlMs / 1_000]),
      );
      if (rows[0] !== undefined) {
        return { lease: { name, holder, fence: rows[0].fence }, isAfterCrash: before.rows[0]?.isReleased === false };
      }
      if (!isStandingBy) onStandby?.();
      isStandingBy = true;
      await pauseFor(await readPollDelay(connection, name), signal);
      backoff.reset();
    } catch {
      await backoff.pause();
    }
  }
  throw new PlatformError({
    code: 'IA_RUNTIME_STOPPED',
    message: 'The runtime stopped before it got the lease.',
    fault: 'infra',
    disposition: 'pause',
  });
};

const readPollDelay = async (connection: DatabaseConnection, name: string): Promise<number> => {
  const { rows } = await connection.use((client) => client.query<{ remaining_ms: number }>(READ_REMAINING, [name]));
  return Math.min((rows[0]?.remaining_ms ?? 0) + 1, MAX_POLL_MS);
};

const renewUntil = async (
  { connection, ttlMs, report }: LeaseOptions,
  lease: Lease,
  signals: { readonly lost: AbortController; readonly released: AbortSignal },
): Promise<void> => {
  const backoff = createBackoff(signals.released);
  await pauseFor(ttlMs / 3, signals.released);
  while (!signals.released.aborted) {
    try {
      const { rowCount } = await connection.use((client) =>
        client.query(RENEW_LEASE, [lease.name, lease.holder, lease.fence, ttlMs / 1_000, report?.() ?? null]),
      );
      if (rowCount !== 1) {
        signals.lost.abort(leaseLost(lease));
        return;
      }
      backoff.reset();
      await pauseFor(ttlMs / 3, signals.released);
    } catch {
      await backoff.pause();
    }
  }
};

/** The error of a worker whose lease went to another. */
export const leaseLost = (lease: Lease): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_LEASE_LOST',
    message: `Another worker holds the lease "${lease.name}" now.`,
    hint: 'The other worker goes on with the runs; this one waits for its turn.',
    fault: 'infra',
    disposition: 'pause',
  });
