import type { TaskExecutor } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import { createPool } from './database/create-pool.ts';
import { createDatabaseConnection } from './database/database-connection.ts';
import { GroupCommitter } from './log/group-committer.ts';
import { listenTo } from './database/inbox-listener.ts';
import { type HeldLease, holdLease } from './lease/lease.ts';
import { LeaseTerm, type LeaseTermOptions } from './lease/lease-term.ts';
import { createProgramLoader, type RunProgram } from './run/run-program.ts';
import { createProcessSharing, createTermSharing, type ProcessSharing } from './run/run-sharing.ts';
import { createRunStore, type StoredRun } from './run/run-store.ts';
import { type RuntimeLog, SILENT_LOG } from './runtime-log.ts';
import { createWakeUp } from './wake-up.ts';

export type RuntimeOptions = {
  /** Of a role in `ia_worker`. */
  readonly databaseUrl: string;
  /** Makes what works on a run's attempts. */
  readonly executorFor: (run: StoredRun, program: RunProgram) => TaskExecutor;
  /** How long a holder that went silent keeps others waiting. @default 5000 */
  readonly leaseTtlMs?: number;
  /** Runs that wait do not count. @default 200 */
  readonly maxConcurrentRuns?: number;
  readonly metrics?: Metrics;
  readonly log?: RuntimeLog;
};

export type Runtime = {
  /** Resolves when the database has answered: the runtime works, or stands by for the one that does. */
  readonly ready: Promise<void>;
  /** Resolves when the runtime holds the lease for the first time; until then it stands by for another one. */
  readonly leading: Promise<void>;
  /**
   * Drains: aborts attempts (whoever goes on with the run makes them again), writes what is due and gives the lease back.
   */
  stop(): Promise<void>;
};

const LEASE_NAME = 'engine';
const READ_CONNECTIONS = 4;

/**
 * Runs pipelines from the database: one runtime at a time holds the lease and works, others stand by. Trouble with the
 * database is waited out.
 */
export const createRuntime = (options: RuntimeOptions): Runtime => {
  const { databaseUrl, executorFor, leaseTtlMs = 5_000, maxConcurrentRuns = 200, log = SILENT_LOG } = options;
  const metrics = options.metrics ?? createMetrics();
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const leading = Promise.withResolvers<void>();
  const wakeUp = createWakeUp();
  const pool = createPool({
    url: databaseUrl,
    applicationName: 'ia-worker',
    maxConnections: READ_CONNECTIONS,
  });
  const store = createRunStore(pool);
  const loadProgram = createProgramLoader(store);
  const leaseConnection = createDatabaseConnection({ url: databaseUrl, applicationName: 'ia-worker-lease' });
  const stopListening = listenTo({ url: databaseUrl, channel: 'run_inbox', onNotified: () => wakeUp.ring() });

  const onStandby = (): void => {
    log.info({}, 'Standing by: another worker holds the lease.');
    ready.resolve();
  };

  const sharing = createProcessSharing();
  const term = {
    databaseUrl,
    leaseTtlMs,
    store,
    loadProgram,
    executorFor,
    sharing,
    maxConcurrentRuns,
    metrics,
    log,
    wakeUp,
  };

  const serve = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const held = await holdLease(
        { connection: leaseConnection, name: LEASE_NAME, ttlMs: leaseTtlMs, onStandby },
        stopping.signal,
      );
      log.info({ fence: held.lease.fence }, 'Holding the lease.');
      ready.resolve();
      leading.resolve();
      await serveTerm(held, term, stopping.signal);
      log.info({ fence: held.lease.fence }, 'The lease is given back or lost.');
    }
  };

  const serving = serve().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });

  const stop = async (): Promise<void> => {
    stopping.abort(stopReason());
    await serving;
    await stopListening();
    await leaseConnection.close();
    await pool.end();
  };
  let stopped: Promise<void> | undefined;

  return {
    ready: ready.promise,
    leading: leading.promise,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};

type TermInit = Omit<LeaseTermOptions, 'committer' | 'sharing'> & {
  readonly sharing: ProcessSharing;
  readonly databaseUrl: string;
  readonly leaseTtlMs: number;
};

/** Works until the lease is lost or the runtime stops, then gives the lease back. */
const serveTerm = async (
  held: HeldLease,
  { databaseUrl, leaseTtlMs, sharing, ...term }: TermInit,
  stopping: AbortSignal,
): Promise<void> => {
  const connection = createDatabaseConnection({
    url: databaseUrl,
    applicationName: 'ia-worker-log',
    maxSilenceMs: leaseTtlMs,
    findsByKey: true,
  });
  const lost = new AbortController();
  const committer = new GroupCommitter({
    connection,
    lease: held.lease,
    metrics: term.metrics,
    onLeaseLost: (error) => lost.abort(error),
  });
  const shared = createTermSharing(sharing);
  await new LeaseTerm({ ...term, committer, sharing: shared }).run(AbortSignal.any([stopping, held.lost, lost.signal]));
  await committer.close();
  await connection.close();
  await held.release();
};

const stopReason = (): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_STOPPED',
    message: 'The runtime stops; another one goes on with the run.',
    fault: 'infra',
    disposition: 'pause',
  });
