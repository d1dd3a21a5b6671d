import { hostname } from 'node:os';
import path from 'node:path';
import { createBlobStore } from '@ia-modules/blobs';
import {
  createGuardedConnect,
  createGuardedFetch,
  createSandboxPool,
  createTrustedPlugins,
  type SandboxPool,
} from '@ia-modules/plugin-host';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createPool, createRuntime, recordPluginUse, type Runtime } from '@ia-modules/runtime-postgres';
import { createSecretSealer } from '@ia-modules/secrets';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import { startPrometheusServer } from '@ia-modules/telemetry/prometheus';
import type { Logger } from 'pino';
import { createCodeAdmission } from './admission/code-admission.ts';
import type { WorkerConfig } from './config.ts';
import { createExecutorFactory } from './executor.ts';
import { createPluginStore } from './plugin-store.ts';
import { createPluginValues } from './plugin-values.ts';
import { openRehearsals } from './rehearsal/open-rehearsals.ts';
import { createSecretReader } from './secret-reader.ts';
import { createTenantFolders } from './tenant-folders.ts';

export type Worker = Pick<Runtime, 'ready' | 'leading'> & {
  /** The port that metrics are served on; undefined when they are not. */
  readonly metricsPort: number | undefined;
  /** Drains the runs and ends everything that was started. */
  stop(): Promise<void>;
};

const MAX_POOL_CONNECTIONS = 4;
const SWEEP_EVERY_MS = 60 * 60_000;

/** What operators are told of the isolation of plugins on this machine. */
const sandboxStanding = ({ level, cage, problem }: SandboxPool): JsonObject => ({
  level,
  cage,
  problem: problem === null ? null : { code: problem.code, message: problem.message, hint: problem.hint ?? null },
});

const countProcesses =
  (metrics: Metrics) =>
  (event: 'started' | 'ended'): void =>
    event === 'started' ? metrics.sandboxStarted() : metrics.sandboxEnded();

const openSandbox = async (
  { sandboxLevel: level, egressAllow }: WorkerConfig,
  metrics: Metrics,
  log: Logger,
): Promise<SandboxPool> => {
  const sandbox = await createSandboxPool({ level, egressAllow, onProcess: countProcesses(metrics) });
  if (sandbox.problem !== null) {
    log.error({ hint: sandbox.problem.hint }, `Steps of plugins will fail: ${sandbox.problem.message}`);
  }
  return sandbox;
};

/** Does it now and every hour, until the returned function is called. */
const sweepRegularly = (sweep: () => Promise<void>, log: Logger): (() => void) => {
  const sweepOnce = (): void => {
    sweep().catch((error: unknown) => log.warn({ err: error }, 'Files of tenants could not be looked after.'));
  };
  sweepOnce();
  const sweeping = setInterval(sweepOnce, SWEEP_EVERY_MS);
  return () => clearInterval(sweeping);
};

/** Puts the worker together: the durable runtime over an executor of built-in and sandboxed plugins. */
export const startWorker = async (config: WorkerConfig, log: Logger): Promise<Worker> => {
  const metricsServer =
    config.metricsPort === undefined ? undefined : await startPrometheusServer({ port: config.metricsPort });
  const { egressAllow } = config;
  const metrics = createMetrics();
  const sandbox = await openSandbox(config, metrics, log);
  const net = createGuardedFetch({ egressAllow });
  const connect = createGuardedConnect(egressAllow);
  const trusted = createTrustedPlugins();
  const blobs = createBlobStore(config.blobUrl);
  const folders = createTenantFolders(path.join(config.dataDir, 'files'), config.maxFileBytes);
  const pool = createPool({
    url: config.databaseUrl,
    applicationName: 'ia-worker-grants',
    maxConnections: MAX_POOL_CONNECTIONS,
  });
  const admission = createCodeAdmission({ databaseUrl: config.databaseUrl, pool, trustedKeyIds: config.trustedKeyIds });
  const plugins = createPluginStore({
    directory: path.join(config.dataDir, 'plugins'),
    registryUrl: config.registryUrl,
    internalToken: config.internalToken,
  });
  const runtime = createRuntime({
    databaseUrl: config.databaseUrl,
    maxConcurrentRuns: config.maxConcurrentRuns,
    maxConcurrentTasks: config.maxConcurrentTasks,
    blobs,
    metrics,
    log,
    about: { sandbox: sandboxStanding(sandbox) },
    executorFor: createExecutorFactory({
      worker: `${hostname()}/${process.pid}`,
      sandbox,
      trusted,
      surroundingsOf: (tenantId) => ({
        fetch: net.fetch,
        net: { connect },
        files: folders.filesOf(tenantId),
        store: createPluginValues(pool, tenantId),
        settings: config.pluginSettings,
      }),
      installPlugin: (reference, signal) => plugins.install(reference, signal),
      admission,
      recordUse: (use) => recordPluginUse(pool, use),
      readSecret: createSecretReader(pool, createSecretSealer(config.secretKeys)),
      blobs,
      metrics,
    }),
  });
  const rehearsals = await openRehearsals({
    processes: { level: sandbox.level, onProcess: countProcesses(metrics) },
    pool,
    blobs,
    admission: admission.published,
    installPlugin: (reference, signal) => plugins.install(reference, signal),
    log,
  });
  const stopSweeping = sweepRegularly(() => folders.sweep(pool), log);
  return {
    ready: runtime.ready,
    leading: runtime.leading,
    metricsPort: metricsServer?.port,
    stop: async () => {
      stopSweeping();
      await Promise.all([runtime.stop(), rehearsals.stop()]);
      await admission.close();
      await Promise.all([sandbox.close(), trusted.close(), net.close(), pool.end(), metricsServer?.close()]);
    },
  };
};
