import { hostname } from 'node:os';
import path from 'node:path';
import { createBlobStore } from '@ia-modules/blobs';
import {
  createGuardedConnect,
  createGuardedFetch,
  createMemoryStore,
  createSandboxPool,
  createTenantFiles,
  createTrustedPlugins,
} from '@ia-modules/plugin-host';
import { createPool, createRuntime, type Runtime } from '@ia-modules/runtime-postgres';
import { createSecretSealer } from '@ia-modules/secrets';
import { createMetrics } from '@ia-modules/telemetry';
import { startPrometheusServer } from '@ia-modules/telemetry/prometheus';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.ts';
import { createExecutorFactory } from './executor.ts';
import { readGrant } from './grants.ts';
import { createPluginStore } from './plugin-store.ts';
import { createSecretReader } from './secret-reader.ts';

export type Worker = Pick<Runtime, 'ready' | 'leading'> & {
  /** The port that metrics are served on; undefined when they are not. */
  readonly metricsPort: number | undefined;
  /** Drains the runs and ends everything that was started. */
  stop(): Promise<void>;
};

const MAX_POOL_CONNECTIONS = 4;

/** Puts the worker together: the durable runtime over an executor of built-in and sandboxed plugins. */
export const startWorker = async (config: WorkerConfig, log: Logger): Promise<Worker> => {
  const metricsServer =
    config.metricsPort === undefined ? undefined : await startPrometheusServer({ port: config.metricsPort });
  const { egressAllow } = config;
  const sandbox = await createSandboxPool({ level: config.sandboxLevel, egressAllow });
  if (sandbox.problem !== null) {
    log.error({ hint: sandbox.problem.hint }, `Steps of plugins will fail: ${sandbox.problem.message}`);
  }
  const net = createGuardedFetch({ egressAllow });
  const connect = createGuardedConnect(egressAllow);
  const trusted = createTrustedPlugins();
  const store = createMemoryStore();
  const pool = createPool({
    url: config.databaseUrl,
    applicationName: 'ia-worker-grants',
    maxConnections: MAX_POOL_CONNECTIONS,
  });
  const plugins = createPluginStore({
    directory: path.join(config.dataDir, 'plugins'),
    registryUrl: config.registryUrl,
    internalToken: config.internalToken,
  });
  const runtime = createRuntime({
    databaseUrl: config.databaseUrl,
    maxConcurrentRuns: config.maxConcurrentRuns,
    maxConcurrentTasks: config.maxConcurrentTasks,
    blobs: createBlobStore(config.blobUrl),
    metrics: createMetrics(),
    log,
    executorFor: createExecutorFactory({
      worker: `${hostname()}/${process.pid}`,
      sandbox,
      trusted,
      surroundingsOf: (tenantId) => ({
        fetch: net.fetch,
        net: { connect },
        files: createTenantFiles(path.join(config.dataDir, 'files', tenantId)),
        store,
        settings: {},
      }),
      installPlugin: (reference, signal) => plugins.install(reference, signal),
      readGrant: (query) => readGrant(pool, query),
      readSecret: createSecretReader(pool, createSecretSealer(config.secretKeys)),
    }),
  });
  return {
    ready: runtime.ready,
    leading: runtime.leading,
    metricsPort: metricsServer?.port,
    stop: async () => {
      await runtime.stop();
      await Promise.all([sandbox.close(), trusted.close(), net.close(), pool.end(), metricsServer?.close()]);
    },
  };
};
