import { resolve } from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const environmentSchema = z.object({
  IA_REGISTRY_PORT: z.coerce.number().int().min(0).max(65_535).default(4873),
  IA_HOST: z.string().min(1).default('127.0.0.1'),
  IA_REGISTRY_STORAGE: z
    .string()
    .min(1)
    .transform((path) => resolve(path)),
  IA_REGISTRY_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  IA_INTERNAL_TOKEN: z.string().min(32),
  IA_PUBLIC_REGISTRY_URL: z.url({ protocol: /^https?$/ }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type RegistryConfig = Readonly<{
  port: number;
  host: string;
  /** Folder of the packages; created when missing. */
  storageDir: string;
  databaseUrl: string;
  internalToken: string;
  /** Where clients reach the registry; tarball addresses start with it. Default: `http://localhost:<port>`. */
  publicUrl: string | undefined;
  logLevel: string;
}>;

/** @throws {PlatformError} IA_CONFIG_INVALID that names every wrong variable, without its value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): RegistryConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: `The registry can't start with this environment. ${wrong.join('; ')}`,
      hint: 'docs/registry.md says what each variable is for.',
    });
  }
  const value = parsed.data;
  return {
    port: value.IA_REGISTRY_PORT,
    host: value.IA_HOST,
    storageDir: value.IA_REGISTRY_STORAGE,
    databaseUrl: value.IA_REGISTRY_DATABASE_URL,
    internalToken: value.IA_INTERNAL_TOKEN,
    publicUrl: value.IA_PUBLIC_REGISTRY_URL,
    logLevel: value.LOG_LEVEL,
  };
}
