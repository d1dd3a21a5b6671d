import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const environmentSchema = z.object({
  IA_API_PORT: z.coerce.number().int().min(0).max(65_535).default(4100),
  IA_HOST: z.string().min(1).optional(),
  IA_API_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  IA_AUTH_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  IA_AUTH_SECRET: z.string().min(32),
  IA_PUBLIC_API_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:4100'),
  IA_PUBLIC_PORTAL_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:3100'),
  IA_GRAPHQL_INTROSPECTION: flag.optional(),
  IA_GRAPHIQL: flag.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type ApiConfig = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly hosts: readonly string[];
  readonly databaseUrl: string;
  readonly authDatabaseUrl: string;
  readonly authSecret: string;
  readonly publicApiUrl: string;
  readonly publicPortalUrl: string;
  readonly isIntrospectionEnabled: boolean;
  readonly isGraphiqlEnabled: boolean;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
};

/**
 * Reads the configuration from the environment. Without IA_HOST the server listens on both loopback addresses, so that
 * `localhost` works however it resolves; GraphiQL and introspection are then on unless switched off.
 *
 * @throws PlatformError IA_CONFIG_INVALID naming every wrong setting, never its value.
 */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): ApiConfig => {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: `The API can't start: ${problems.join('; ')}`,
      hint: 'Set these environment variables, or start everything with `npm start`.',
      fault: 'infra',
    });
  }
  const env = parsed.data;
  const isLocal = env.IA_HOST === undefined || LOOPBACK_HOSTS.has(env.IA_HOST);
  return {
    port: env.IA_API_PORT,
    hosts: env.IA_HOST === undefined || env.IA_HOST === 'localhost' ? ['127.0.0.1', '::1'] : [env.IA_HOST],
    databaseUrl: env.IA_API_DATABASE_URL,
    authDatabaseUrl: env.IA_AUTH_DATABASE_URL,
    authSecret: env.IA_AUTH_SECRET,
    publicApiUrl: env.IA_PUBLIC_API_URL.replace(/\/+$/, ''),
    publicPortalUrl: env.IA_PUBLIC_PORTAL_URL.replace(/\/+$/, ''),
    isIntrospectionEnabled: env.IA_GRAPHQL_INTROSPECTION ?? isLocal,
    isGraphiqlEnabled: env.IA_GRAPHIQL ?? isLocal,
    logLevel: env.LOG_LEVEL,
  };
};
