import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SecretKeys } from '@ia-modules/secrets';
import { type Environment, type LogLevel, readSettings, setting } from '@ia-modules/service';
import { z } from 'zod';

const environmentSchema = z.object({
  IA_WORKER_DATABASE_URL: setting.postgresUrl,
  IA_REGISTRY_URL: setting.httpUrl,
  IA_INTERNAL_TOKEN: setting.secret,
  IA_DATA_DIR: setting.folder,
  IA_BLOB_URL: z.string().optional(),
  IA_SECRET_KEY: setting.secretKey,
  IA_SECRET_KEYS_OLD: setting.secretKeys,
  IA_SANDBOX_LEVEL: z.enum(['caged', 'process']).default('caged'),
  IA_EGRESS_ALLOW: setting.list,
  IA_REGISTRY_TRUSTED_KEYS: setting.list,
  IA_MAX_CONCURRENT_RUNS: z.coerce.number().int().min(1).max(10_000).default(200),
  IA_MAX_CONCURRENT_TASKS: z.coerce.number().int().min(1).max(10_000).default(256),
  IA_REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional(),
  IA_ALLOW_SHELL: z.enum(['true', 'false']).default('false'),
  IA_FILES_MAX_MB: z.coerce.number().int().min(1).max(1_000_000).default(1_024),
  IA_METRICS_PORT: setting.port.optional(),
  LOG_LEVEL: setting.logLevel,
});

export type WorkerConfig = Readonly<{
  databaseUrl: string;
  registryUrl: string;
  internalToken: string;
  /** Unpacked plugins lie in its folder `plugins`. */
  dataDir: string;
  /** Where large values and archived logs lie; the API reads them there. */
  blobUrl: string;
  /** Open the secrets of tenants; the API seals them with the same. */
  secretKeys: SecretKeys;
  sandboxLevel: 'caged' | 'process';
  /** `host:port` of the own network that steps may reach. */
  egressAllow: readonly string[];
  /** Ids of the keys whose signatures count; empty: all that the registry made and did not revoke. */
  trustedKeyIds: readonly string[];
  maxConcurrentRuns: number;
  /** Attempts under way at the same moment, over all runs. */
  maxConcurrentTasks: number;
  /** What plugins of the platform's own may use that only an operator can decide, by name. */
  pluginSettings: Readonly<Record<string, string>>;
  /** How much the files of one tenant may take. */
  maxFileBytes: number;
  /** Where metrics are served; undefined serves none. */
  metricsPort: number | undefined;
  logLevel: LogLevel;
}>;

/** @throws {PlatformError} IA_CONFIG_INVALID that names every wrong variable, without its value. */
export const readConfig = (environment: Environment): WorkerConfig => {
  const settings = readSettings(environmentSchema, environment, {
    of: 'worker',
    hint: 'Set the named variables; docs/worker.md lists them.',
  });
  return {
    databaseUrl: settings.IA_WORKER_DATABASE_URL,
    registryUrl: settings.IA_REGISTRY_URL,
    internalToken: settings.IA_INTERNAL_TOKEN,
    dataDir: settings.IA_DATA_DIR,
    blobUrl: settings.IA_BLOB_URL ?? pathToFileURL(path.join(settings.IA_DATA_DIR, 'blobs')).href,
    secretKeys: { current: settings.IA_SECRET_KEY, others: settings.IA_SECRET_KEYS_OLD },
    sandboxLevel: settings.IA_SANDBOX_LEVEL,
    egressAllow: settings.IA_EGRESS_ALLOW,
    trustedKeyIds: settings.IA_REGISTRY_TRUSTED_KEYS,
    maxConcurrentRuns: settings.IA_MAX_CONCURRENT_RUNS,
    maxConcurrentTasks: settings.IA_MAX_CONCURRENT_TASKS,
    pluginSettings: {
      ...(settings.IA_REDIS_URL === undefined ? {} : { redisUrl: settings.IA_REDIS_URL }),
      ...(settings.IA_ALLOW_SHELL === 'true' ? { allowShell: 'true' } : {}),
    },
    maxFileBytes: settings.IA_FILES_MAX_MB * 1_048_576,
    metricsPort: settings.IA_METRICS_PORT,
    logLevel: settings.LOG_LEVEL,
  };
};
