import path from 'node:path';
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
import { type TransportConfig, transportConfig, transportSettings } from './http/transport-config.ts';
import { type LiveConfig, liveConfig, liveSettings } from './live/live-config.ts';
import type { MailConfig } from './mail/mail-transport.ts';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Addresses, separated by commas. */
const emails = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((email) => email.trim().toLowerCase()))
  .transform((list) => new Set(list.filter((email) => email !== '')));

/** As `IA Modules <no-reply@example.com>`. */
const mailAddress = z
  .string()
  .regex(/^[^<>@\p{Cc}]*<?[^\s<>@]+@[^\s<>@]+>?$/u, 'must be an address, or `Name <address>`')
  .default('IA Modules <no-reply@localhost>');

const smtpUrl = z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' });

/** Separated by commas; none by default. Comes out as origins. */
const origins = setting.list
  .pipe(z.array(setting.httpUrl))
  .transform((urls): ReadonlySet<string> => new Set(urls.map((url) => new URL(url).origin)));

/** Parts of a day are days as well. */
const days = z.coerce.number('must be a number of days').min(0).max(3_650);

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
  IA_TENANT_GRACE_DAYS: days.default(7),
  IA_EXPORT_KEEP_DAYS: days.default(30),
  IA_MAX_TENANTS_PER_PERSON: z.coerce.number('must be a whole number').int().min(0).max(1_000_000).default(50),
  IA_PUBLIC_API_URL: setting.httpUrl.default('http://localhost:4100'),
  IA_PUBLIC_PORTAL_URL: setting.httpUrl.default('http://localhost:3100'),
  IA_SMTP_URL: smtpUrl.optional(),
  IA_MAIL_FROM: mailAddress,
  IA_MAIL_OUTBOX: setting.folder.default(path.resolve('.data/outbox')),
  IA_REQUIRE_VERIFIED_EMAIL: flag.default(false),
  IA_SSO_PRIVATE_ISSUERS: origins,
  IA_DNS_SERVERS: setting.list,
  IA_REGISTRY_TRUSTED_KEYS: setting.list,
  ...transportSettings,
  ...liveSettings,
  IA_GRAPHQL_INTROSPECTION: flag.optional(),
  IA_GRAPHIQL: flag.optional(),
  LOG_LEVEL: setting.logLevel,
});

export type SignInConfig = {
  /** Nobody signs in before the address is confirmed; without it, an address counts for nothing until it is. */
  readonly requiresVerifiedEmail: boolean;
  /** Origins of identity providers that may have a private address. */
  readonly privateIssuers: ReadonlySet<string>;
  /** Asked for the records that show whose a domain is; empty for those of this machine. */
  readonly dnsServers: readonly string[];
};

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
  /** How long a deleted tenant can be taken back before it is erased. */
  readonly tenantGraceDays: number;
  /** How long exports of tenants are kept, also of one that is gone. */
  readonly exportKeepDays: number;
  /** How many tenants one person may own. Who operates the platform may own more. */
  readonly maxTenantsPerPerson: number;
  readonly publicApiUrl: string;
  readonly publicPortalUrl: string;
  readonly mail: MailConfig;
  readonly signIn: SignInConfig;
  readonly transport: TransportConfig;
  /** The keys of the registry that count, and no others; undefined: all that are neither revoked nor expired. */
  readonly trustedRegistryKeys: readonly string[] | undefined;
  readonly live: LiveConfig;
  readonly isIntrospectionEnabled: boolean;
  readonly isGraphiqlEnabled: boolean;
  readonly logLevel: LogLevel;
};

const mailConfig = ({
  IA_SMTP_URL: url,
  IA_MAIL_FROM: from,
  IA_MAIL_OUTBOX: folder,
}: z.output<typeof environmentSchema>): MailConfig =>
  url === undefined ? { kind: 'outbox', folder, from } : { kind: 'smtp', url, from };

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
    tenantGraceDays: settings.IA_TENANT_GRACE_DAYS,
    exportKeepDays: settings.IA_EXPORT_KEEP_DAYS,
    maxTenantsPerPerson: settings.IA_MAX_TENANTS_PER_PERSON,
    publicApiUrl: settings.IA_PUBLIC_API_URL,
    publicPortalUrl: settings.IA_PUBLIC_PORTAL_URL,
    mail: mailConfig(settings),
    signIn: {
      requiresVerifiedEmail: settings.IA_REQUIRE_VERIFIED_EMAIL,
      privateIssuers: settings.IA_SSO_PRIVATE_ISSUERS,
      dnsServers: settings.IA_DNS_SERVERS,
    },
    trustedRegistryKeys: settings.IA_REGISTRY_TRUSTED_KEYS.length === 0 ? undefined : settings.IA_REGISTRY_TRUSTED_KEYS,
    transport: transportConfig(settings),
    live: liveConfig(settings),
    isIntrospectionEnabled: settings.IA_GRAPHQL_INTROSPECTION ?? isLocal,
    isGraphiqlEnabled: settings.IA_GRAPHIQL ?? isLocal,
    logLevel: settings.LOG_LEVEL,
  };
};
