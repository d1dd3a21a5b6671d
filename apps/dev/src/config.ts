import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
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

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a number')
    .transform(Number)
    .refine((value) => value <= 65_535, 'must be at most 65535')
    .default(fallback);

const environmentSchema = z.object({
  IA_DATA_DIR: z.string().min(1).default(inRepository('.data')),
  IA_PORTAL_PORT: port(3100),
  IA_API_PORT: port(4100),
  IA_REGISTRY_PORT: port(4873),
  IA_POSTGRES_PORT: port(0),
  IA_HOST: z.string().min(1).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional(),
  IA_EGRESS_ALLOW: z.string().default(''),
});

/** @throws PlatformError IA_CONFIG_INVALID that names each wrong variable. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): DevConfig {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: `The environment has wrong settings: ${problems.join('; ')}.`,
      hint: 'Correct or unset these variables and start again.',
    });
  }
  const settings = parsed.data;
  return {
    dataDir: path.resolve(settings.IA_DATA_DIR),
    ports: {
      portal: settings.IA_PORTAL_PORT,
      api: settings.IA_API_PORT,
      registry: settings.IA_REGISTRY_PORT,
      postgres: settings.IA_POSTGRES_PORT,
    },
    host: settings.IA_HOST,
    databaseUrl: settings.DATABASE_URL,
    egressAllow: settings.IA_EGRESS_ALLOW.split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  };
}

export function isLoopback(host: string | undefined): boolean {
  return host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The name that people and other machines reach this host by. */
export function publicHost(host: string | undefined): string {
  if (isLoopback(host) || host === undefined) return 'localhost';
  if (host === '0.0.0.0' || host === '::') return os.hostname();
  return host.includes(':') ? `[${host}]` : host;
}
