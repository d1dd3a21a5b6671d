import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Environment, isLoopback, readSettings, setting } from '@ia-modules/service';
import { z } from 'zod';
import { inRepository } from './repository.ts';

export type Ports = Readonly<{ portal: number; api: number; registry: number; postgres: number }>;

export type DevConfig = Readonly<{
  dataDir: string;
  /** 0 takes a free one. */
  ports: Ports;
  /** Where to listen; undefined is loopback, over IPv4 and IPv6. */
  host: string | undefined;
  /** A PostgreSQL of the user's instead of the embedded one: the URL of a user that may create roles. */
  databaseUrl: string | undefined;
  /** Where large values and archived logs lie. */
  blobUrl: string;
  /** Where mails lie that nobody sends: as long as the API is told no SMTP server. */
  outbox: string;
  /** Mails leave through an SMTP server. */
  hasSmtp: boolean;
  /** Who operates the platform: the account that a start makes, and those that the user names. */
  platformAdmins: readonly string[];
  /** `host:port` pairs that plugins may call though their addresses are private. */
  egressAllow: readonly string[];
}>;

/** The names by which a person changes a port. */
export const PORT_VARIABLES = {
  portal: 'IA_PORTAL_PORT',
  api: 'IA_API_PORT',
  registry: 'IA_REGISTRY_PORT',
  postgres: 'IA_POSTGRES_PORT',
} as const satisfies Record<keyof Ports, string>;

/** The first operator, made with a start. */
const OPERATOR_EMAIL = 'operator@example.com';

const environmentSchema = z.object({
  IA_DATA_DIR: setting.folder.default(inRepository('.data')),
  IA_PORTAL_PORT: setting.port.default(3100),
  IA_API_PORT: setting.port.default(4100),
  IA_REGISTRY_PORT: setting.port.default(4873),
  IA_POSTGRES_PORT: setting.port.default(0),
  IA_HOST: z.string().optional(),
  DATABASE_URL: setting.postgresUrl.optional(),
  IA_BLOB_URL: z.string().optional(),
  IA_MAIL_OUTBOX: setting.folder.optional(),
  IA_SMTP_URL: z.string().optional(),
  IA_EGRESS_ALLOW: setting.list,
  IA_PLATFORM_ADMINS: setting.list,
});

/** @throws PlatformError IA_CONFIG_INVALID that names each wrong variable. */
export function readConfig(environment: Environment): DevConfig {
  const settings = readSettings(environmentSchema, environment, {
    of: 'platform',
    hint: 'Correct or unset these variables and start again.',
  });
  return {
    dataDir: settings.IA_DATA_DIR,
    ports: {
      portal: settings.IA_PORTAL_PORT,
      api: settings.IA_API_PORT,
      registry: settings.IA_REGISTRY_PORT,
      postgres: settings.IA_POSTGRES_PORT,
    },
    host: settings.IA_HOST,
    databaseUrl: settings.DATABASE_URL,
    blobUrl: settings.IA_BLOB_URL ?? pathToFileURL(path.join(settings.IA_DATA_DIR, 'blobs')).href,
    outbox: settings.IA_MAIL_OUTBOX ?? path.join(settings.IA_DATA_DIR, 'outbox'),
    hasSmtp: settings.IA_SMTP_URL !== undefined,
    platformAdmins: [OPERATOR_EMAIL, ...settings.IA_PLATFORM_ADMINS],
    egressAllow: settings.IA_EGRESS_ALLOW,
  };
}

/** The name that people and other machines reach this host by. */
export function publicHost(host: string | undefined): string {
  if (isLoopback(host) || host === undefined) return 'localhost';
  if (host === '0.0.0.0' || host === '::') return os.hostname();
  return host.includes(':') ? `[${host}]` : host;
}
