import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SandboxLevel } from '@ia-modules/plugin-host';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Environment, type LogLevel, listenAddresses, readSettings, setting } from '@ia-modules/service';
import { z } from 'zod';
import type { SigningKeySource } from './signing/signing.ts';

const environmentSchema = z.object({
  IA_REGISTRY_PORT: setting.port.default(4873),
  IA_HOST: z.string().optional(),
  IA_REGISTRY_STORAGE: z.string().min(1),
  IA_REGISTRY_DATABASE_URL: setting.postgresUrl,
  IA_INTERNAL_TOKEN: setting.secret,
  IA_PUBLIC_REGISTRY_URL: setting.httpUrl.optional(),
  IA_PUBLIC_PORTAL_URL: setting.httpUrl.default('http://localhost:3100'),
  IA_REGISTRY_UPLINK: setting.httpUrl.optional(),
  IA_REGISTRY_UPLINK_PUBLIC: z.enum(['true', 'false']).default('false'),
  IA_REGISTRY_SIGNING_KEY: z.string().optional(),
  IA_REGISTRY_SIGNING_KEY_FILE: setting.folder.optional(),
  IA_REGISTRY_SELF_TEST: z.enum(['caged', 'process', 'off']).default('caged'),
  LOG_LEVEL: setting.logLevel,
});

export type RegistryConfig = Readonly<{
  port: number;
  addresses: readonly string[];
  /** Where the packages lie: `file:///folder`, created when missing, or `s3://bucket/prefix?…`. */
  storageUrl: string;
  databaseUrl: string;
  internalToken: string;
  /** Where clients reach the registry; tarball addresses start with it. Default: `http://localhost:<port>`. */
  publicUrl: string | undefined;
  /** Where people confirm that npm may sign in. */
  publicPortalUrl: string;
  /** The registry that names are read from which can not be ours; undefined for none. */
  uplink: Readonly<{ url: string; isPublic: boolean }> | undefined;
  signingKey: SigningKeySource;
  /** Where plugins are tested before they are published; `off` publishes them untested. */
  selfTest: SandboxLevel | 'off';
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
    storageUrl: storageUrl(settings.IA_REGISTRY_STORAGE),
    databaseUrl: settings.IA_REGISTRY_DATABASE_URL,
    internalToken: settings.IA_INTERNAL_TOKEN,
    publicUrl: settings.IA_PUBLIC_REGISTRY_URL,
    publicPortalUrl: settings.IA_PUBLIC_PORTAL_URL,
    uplink:
      settings.IA_REGISTRY_UPLINK === undefined
        ? undefined
        : { url: settings.IA_REGISTRY_UPLINK, isPublic: settings.IA_REGISTRY_UPLINK_PUBLIC === 'true' },
    signingKey: signingKeySource(settings),
    selfTest: settings.IA_REGISTRY_SELF_TEST,
    logLevel: settings.LOG_LEVEL,
  };
}

function signingKeySource(settings: z.output<typeof environmentSchema>): SigningKeySource {
  const { IA_REGISTRY_SIGNING_KEY: pem, IA_REGISTRY_SIGNING_KEY_FILE: file } = settings;
  // Where several lines are hard to write, `\\n` stands for an end of line.
  if (pem !== undefined) return { pem: pem.replaceAll('\\n', '\n') };
  if (file !== undefined) return { file };
  const storage = new URL(storageUrl(settings.IA_REGISTRY_STORAGE));
  if (storage.protocol === 'file:')
    return { file: `${fileURLToPath(storage).replace(/[/\\\\]+$/, '')}.signing-key.pem` };
  throw new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: 'The registry needs IA_REGISTRY_SIGNING_KEY, or IA_REGISTRY_SIGNING_KEY_FILE.',
    hint: 'docs/registry.md says what each variable is for.',
  });
}

/** A folder may be written as such. */
export function storageUrl(folderOrUrl: string): string {
  return /^[a-z0-9]+:\/\//i.test(folderOrUrl) ? folderOrUrl : pathToFileURL(resolve(folderOrUrl)).href;
}
