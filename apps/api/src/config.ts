import type { SecretKeys } from '@ia-modules/secrets';
import {
  type Environment,
  isLoopback,
  type LogLevel,
  listenAddresses,
  readSettings,
  setting,
} from '@ia-modules/service';
import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Addresses, separated by commas. */
const emails = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((email) => email.trim().toLowerCase()))
  .transform((list) => new Set(list.filter((email) => email !== '')));

const environmentSchema = z.object({
  IA_API_PORT: setting.port.default(4100),
  IA_HOST: z.string().optional(),
  IA_API_DATABASE_URL: setting.postgresUrl,
  IA_AUTH_DATABASE_URL: setting.postgresUrl,
  IA_AUTH_SECRET: setting.secret,
  IA_BLOB_URL: z.string(),
  IA_SECRET_KEY: setting.secretKey,
  IA_SECRET_KEYS_OLD: setting.secretKeys,
  IA_PLATFORM_ADMINS: emails,
  IA_PUBLIC_API_URL: setting.httpUrl.default('http://localhost:4100'),
  IA_PUBLIC_PORTAL_URL: setting.httpUrl.default('http://localhost:3100'),
  IA_GRAPHQL_INTROSPECTION: flag.optional(),
  IA_GRAPHIQL: flag.optional(),
  LOG_LEVEL: setting.logLevel,
});

export type ApiConfig = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly addresses: readonly string[];
  readonly databaseUrl: string;
  readonly authDatabaseUrl: string;
  readonly authSecret: string;
  /** Seal the secrets of tenants and of webhooks. */
  readonly secretKeys: SecretKeys;
  /** Where workers keep large values and archived logs. */
  readonly blobUrl: string;
  /** E-mail addresses of those who operate the platform, in lower case. */
  readonly platformAdmins: ReadonlySet<string>;
  readonly publicApiUrl: string;
  readonly publicPortalUrl: string;
  readonly isIntrospectionEnabled: boolean;
  readonly isGraphiqlEnabled: boolean;
  readonly logLevel: LogLevel;
};

/**
 * Reads the configuration from the environment. Without IA_HOST the server listens on both loopback addresses, so that
 * `localhost` works however it resolves; GraphiQL and introspection are then on unless switched off.
 *
 * @throws PlatformError IA_CONFIG_INVALID naming every wrong setting, never its value.
 */
export const readConfig = (environment: Environment): ApiConfig => {
  const settings = readSettings(environmentSchema, environment, {
    of: 'API',
    hint: 'Set the named variables, which docs/api.md lists, or start everything with `npm start`.',
  });
  const isLocal = isLoopback(settings.IA_HOST);
  return {
    port: settings.IA_API_PORT,
    addresses: listenAddresses(settings.IA_HOST),
    databaseUrl: settings.IA_API_DATABASE_URL,
    authDatabaseUrl: settings.IA_AUTH_DATABASE_URL,
    authSecret: settings.IA_AUTH_SECRET,
    secretKeys: { current: settings.IA_SECRET_KEY, others: settings.IA_SECRET_KEYS_OLD },
    blobUrl: settings.IA_BLOB_URL,
    platformAdmins: settings.IA_PLATFORM_ADMINS,
    publicApiUrl: settings.IA_PUBLIC_API_URL,
    publicPortalUrl: settings.IA_PUBLIC_PORTAL_URL,
    isIntrospectionEnabled: settings.IA_GRAPHQL_INTROSPECTION ?? isLocal,
    isGraphiqlEnabled: settings.IA_GRAPHIQL ?? isLocal,
    logLevel: settings.LOG_LEVEL,
  };
};
