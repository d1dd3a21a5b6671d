import type { SecretKeys } from '@ia-modules/secrets';
import { type Environment, type LogLevel, readSettings, setting } from '@ia-modules/service';
import { z } from 'zod';

const environmentSchema = z.object({
  IA_API_DATABASE_URL: setting.postgresUrl,
  IA_SECRET_KEY: setting.secretKey,
  IA_SECRET_KEYS_OLD: setting.secretKeys,
  LOG_LEVEL: setting.logLevel,
});

export type RotationConfig = {
  readonly databaseUrl: string;
  readonly secretKeys: SecretKeys;
  readonly logLevel: LogLevel;
};

/** @throws PlatformError IA_CONFIG_INVALID that names every wrong variable, never its value. */
export const readRotationConfig = (environment: Environment): RotationConfig => {
  const settings = readSettings(environmentSchema, environment, {
    of: 'rotation of keys',
    hint: 'Set what the API has; docs/secrets.md tells how a key is rotated.',
  });
  return {
    databaseUrl: settings.IA_API_DATABASE_URL,
    secretKeys: { current: settings.IA_SECRET_KEY, others: settings.IA_SECRET_KEYS_OLD },
    logLevel: settings.LOG_LEVEL,
  };
};
