import type { BlobStore } from '@ia-modules/blobs';
import type { TaskExecutor } from '@ia-modules/engine';
import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import type { Pool } from 'pg';
import { createChildStarter } from './children/child-runs.ts';
import { createPool } from './database/create-pool.ts';
import { createDatabaseConnection } from './database/database-connection.ts';
import { listenTo } from './database/inbox-listener.ts';
import { type HeldLease, holdLease } from './lease/lease.ts';
import { LeaseTerm } from './lease/lease-term.ts';
import { LineWriter } from './lines/line-writer.ts';
import { GroupCommitter } from './log/group-committer.ts';
import { createKeptTallies } from './metering/kept-tallies.ts';
import { type Clock, SYSTEM_CLOCK } from './run/clock.ts';
import { createProgramLoader, type RunProgram } from './run/run-program.ts';
import { createTermSharing } from './run/run-sharing.ts';
import { createRunStore, type StoredRun } from './run/run-store.ts';
import { type RuntimeLog, SILENT_LOG } from './runtime-log.ts';
import { RunAdmission } from './scheduling/run-admission.ts';
import { createTaskGate } from './scheduling/task-gate.ts';
import { createLimitsReader } from './scheduling/tenant-limits.ts';
import { createReport } from './scheduling/worker-report.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

export type RuntimeOptions = {
  /** Of a role in `ia_worker`. */
  readonly databaseUrl: string;
  /** Makes what works on a run's attempts. */
  readonly executorFor: (run: StoredRun, program: RunProgram) => TaskExecutor;
  /** Where large values lie and logs are archived. Without it values stay in the log, and no log is removed. */
  readonly blobs?: BlobStore;
  /** How long a holder that went silent keeps others waiting. @default 5000 */
  readonly leaseTtlMs?: number;
  /** Runs that wait do not count. @default 200 */
  readonly maxConcurrentRuns?: number;
  /** Attempts under way at the same moment, over all runs. @default 256 */
  readonly maxConcurrentTasks?: number;
  /** Of the runs that only wait, so many stay in memory. @default 200 */
  readonly maxIdleRuns?: number;
  /** What this process tells of itself with the lease, beside how full it is. */
  readonly about?: JsonObject;
  readonly clock?: Clock;
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
const READ_CONNECTIONS = 6;

/**
 * Runs pipelines from the database: one runtime at a time holds the lease and works, others stand by. Trouble with the
 * database is waited out.
 */
export const createRuntime = (options: RuntimeOptions): Runtime => {
  const settings = withDefaults(options);
  const { databaseUrl, leaseTtlMs, log } = settings;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const leading = Promise.withResolvers<void>();
  const shared: SharedParts = {
    pool: createPool({
      url: databaseUrl,
      applicationName: 'ia-worker',
      maxConnections: READ_CONNECTIONS,
      maxSilenceMs: leaseTtlMs,
    }),
    inboxBell: createWakeUp(),
    triggerBell: createWakeUp(),
  };
  const leaseConnection = createDatabaseConnection({ url: databaseUrl, applicationName: 'ia-worker-lease' });
  const stopListening = listenTo({
    url: databaseUrl,
    channels: ['run_inbox'],
    onNotified: (payload) => {
      if (payload !== TRIGGERS) shared.inboxBell.ring();
      if (payload === TRIGGERS || payload === undefined) shared.triggerBell.ring();
    },
  });

  const onStandby = (): void => {
    log.info({}, 'Standing by: another worker holds the lease.');
    ready.resolve();
  };

  const serve = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const scheduling = createScheduling(settings, shared.pool);
      const held = await holdLease(
        {
          connection: leaseConnection,
          name: LEASE_NAME,
          ttlMs: leaseTtlMs,
          onStandby,
          report: () => ({
            ...settings.about,
            ...createReport({ ...scheduling, epochNow: () => settings.clock.now() }),
          }),
        },
        stopping.signal,
      );
      log.info({ fence: held.lease.fence }, 'Holding the lease.');
      ready.resolve();
      leading.resolve();
      await serveTerm({ held, settings, shared, scheduling }, stopping.signal);
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
    await shared.pool.end();
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

/** The payload of a notification that triggers have something to do. */
const TRIGGERS = 'triggers';

const withDefaults = (options: RuntimeOptions) => ({
  leaseTtlMs: 5_000,
  maxConcurrentRuns: 200,
  maxConcurrentTasks: 256,
  maxIdleRuns: 200,
  clock: SYSTEM_CLOCK,
  log: SILENT_LOG,
  ...options,
  metrics: options.metrics ?? createMetrics(),
});

type Settings = ReturnType<typeof withDefaults>;

/** What all terms of a runtime have in common. */
type SharedParts = {
  readonly pool: Pool;
  readonly inboxBell: WakeUp;
  readonly triggerBell: WakeUp;
};

/** Who may run: counted anew in each term. */
const createScheduling = ({ maxConcurrentRuns, maxConcurrentTasks, clock }: Settings, pool: Pool) => {
  const limits = createLimitsReader(pool);
  const now = (): number => clock.elapsed();
  return {
    limits,
    admission: new RunAdmission({ maxRuns: maxConcurrentRuns, limits, now }),
    taskGate: createTaskGate({ maxTasks: maxConcurrentTasks, limits, now }),
  };
};

type TermParts = {
  readonly held: HeldLease;
  readonly settings: Settings;
  readonly shared: SharedParts;
  readonly scheduling: ReturnType<typeof createScheduling>;
};

/** Works until the lease is lost or the runtime stops, then gives the lease back. */
const serveTerm = async ({ held, settings, shared, scheduling }: TermParts, stopping: AbortSignal): Promise<void> => {
  const { databaseUrl, leaseTtlMs, maxIdleRuns, blobs, executorFor, clock, metrics, log } = settings;
  const { pool, inboxBell, triggerBell } = shared;
  const connection = createDatabaseConnection({
    url: databaseUrl,
    applicationName: 'ia-worker-log',
    maxSilenceMs: leaseTtlMs,
    findsByKey: true,
    pipelines: true,
  });
  const lost = new AbortController();
  const ending = AbortSignal.any([stopping, held.lost, lost.signal]);
  const committer = new GroupCommitter({
    connection,
    lease: held.lease,
    metrics,
    log,
    onLeaseLost: (error) => lost.abort(error),
  });
  const lineConnection = createDatabaseConnection({
    url: databaseUrl,
    applicationName: 'ia-worker-lines',
    maxSilenceMs: leaseTtlMs,
  });
  const lines = new LineWriter({ connection: lineConnection, lease: held.lease, clock, log });
  const store = createRunStore(pool, blobs);
  const term = new LeaseTerm({
    pool,
    held,
    ...scheduling,
    maxIdleRuns,
    inboxBell,
    triggerBell,
    services: {
      store,
      loadProgram: createProgramLoader(store),
      committer,
      lines,
      blobs,
      executorFor,
      childrenOf: (run) => createChildStarter(pool, run),
      enter: ({ tenantId, priority }, begin) => scheduling.taskGate.enter({ tenantId, priority }, begin),
      sharing: createTermSharing({ pool, clock, log, signal: ending }),
      tallies: createKeptTallies(),
      clock,
      metrics,
      log,
    },
  });
  await term.run(ending);
  await committer.close();
  await connection.close();
  await lines.close();
  await lineConnection.close();
  await held.release();
};

const stopReason = (): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_STOPPED',
    message: 'The runtime stops; another one goes on with the run.',
    fault: 'infra',
    disposition: 'pause',
  });
