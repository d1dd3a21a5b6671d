import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const environmentSchema = z.object({
  IA_WORKER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  IA_REGISTRY_URL: z.url({ protocol: /^https?$/ }),
  IA_INTERNAL_TOKEN: z.string().min(32),
  IA_DATA_DIR: z
    .string()
    .min(1)
    .transform((directory) => path.resolve(directory)),
  IA_SANDBOX_LEVEL: z.enum(['caged', 'process']).default('caged'),
  IA_EGRESS_ALLOW: z.string().default('').transform(toList),
  IA_MAX_CONCURRENT_RUNS: z.coerce.number().int().min(1).max(10_000).default(200),
  IA_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type WorkerConfig = Readonly<{
  databaseUrl: string;
  registryUrl: string;
  internalToken: string;
  /** Unpacked plugins lie in its folder `plugins`. */
  dataDir: string;
  sandboxLevel: 'caged' | 'process';
  /** `host:port` of the own network that steps may reach. */
  egressAllow: readonly string[];
  maxConcurrentRuns: number;
  /** Where metrics are served; undefined serves none. */
  metricsPort: number | undefined;
  logLevel: string;
}>;

/** @throws {PlatformError} IA_CONFIG_INVALID that names every wrong variable, without its value. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): WorkerConfig => {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: `The worker can't start with this environment. ${wrong.join('; ')}`,
      hint: 'Set the named variables; docs/worker.md lists them.',
    });
  }
  const value = parsed.data;
  return {
    databaseUrl: value.IA_WORKER_DATABASE_URL,
    registryUrl: value.IA_REGISTRY_URL.replace(/\/+$/, ''),
    internalToken: value.IA_INTERNAL_TOKEN,
    dataDir: value.IA_DATA_DIR,
    sandboxLevel: value.IA_SANDBOX_LEVEL,
    egressAllow: value.IA_EGRESS_ALLOW,
    maxConcurrentRuns: value.IA_MAX_CONCURRENT_RUNS,
    metricsPort: value.IA_METRICS_PORT,
    logLevel: value.LOG_LEVEL,
  };
};

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
