import { type Environment, type LogLevel, listenAddresses, readSettings, setting } from '@ia-modules/service';
import { z } from 'zod';

const environmentSchema = z.object({
  IA_REGISTRY_PORT: setting.port.default(4873),
  IA_HOST: z.string().optional(),
  IA_REGISTRY_STORAGE: setting.folder,
  IA_REGISTRY_DATABASE_URL: setting.postgresUrl,
  IA_INTERNAL_TOKEN: setting.secret,
  IA_PUBLIC_REGISTRY_URL: setting.httpUrl.optional(),
  LOG_LEVEL: setting.logLevel,
});

export type RegistryConfig = Readonly<{
  port: number;
  addresses: readonly string[];
  /** Folder of the packages; created when missing. */
  storageDir: string;
  databaseUrl: string;
  internalToken: string;
  /** Where clients reach the registry; tarball addresses start with it. Default: `http://localhost:<port>`. */
  publicUrl: string | undefined;
  logLevel: LogLevel;
}>;

/** @throws {PlatformError} IA_CONFIG_INVALID that names every wrong variable, without its value. */
export function readConfig(environment: Environment): RegistryConfig {
  const settings = readSettings(environmentSchema, environment, {
    of: 'registry',
    hint: 'docs/registry.md says what each variable is for.',
  });
  return {
    port: settings.IA_REGISTRY_PORT,
    addresses: listenAddresses(settings.IA_HOST),
    storageDir: settings.IA_REGISTRY_STORAGE,
    databaseUrl: settings.IA_REGISTRY_DATABASE_URL,
    internalToken: settings.IA_INTERNAL_TOKEN,
    publicUrl: settings.IA_PUBLIC_REGISTRY_URL,
    logLevel: settings.LOG_LEVEL,
  };
}
