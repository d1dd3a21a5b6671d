import { randomUUID } from 'node:crypto';
import { createPool } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { APIError, betterAuth } from 'better-auth';
import { bearer, organization } from 'better-auth/plugins';
import type { Pool } from 'pg';
import type { ApiConfig } from '../config.ts';
import { checkName } from './check-name.ts';
import { ORGANIZATION_ROLES, organizationAccess } from './organization-roles.ts';

const SESSION_SECONDS = 7 * 24 * 3600;
const MAX_AUTH_CONNECTIONS = 5;
const MAX_MEMBERS = 1_000;

const SLUG = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;
/** Scopes of the registry that belong to no tenant. */
const RESERVED_SLUGS: ReadonlySet<string> = new Set(['community', 'ia-modules']);

/** @throws PlatformError IA_API_INVALID; slugs name registry scopes, so they are strict and never change. */
export const checkSlug = (slug: string): void => {
  if (SLUG.test(slug) && !slug.includes('--') && !RESERVED_SLUGS.has(slug)) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: RESERVED_SLUGS.has(slug) ? `The slug "${slug}" is reserved.` : `"${slug}" is no valid slug.`,
    hint: 'Use 3 to 40 lower-case letters, digits and single hyphens, starting with a letter.',
  });
};

/** In the words of the sign-in API. */
const asBadRequest = (check: () => void): void => {
  try {
    check();
  } catch (error) {
    throw new APIError('BAD_REQUEST', { message: (error as Error).message });
  }
};

const refuseBadName = ({ name }: { readonly name?: string | undefined }): void =>
  asBadRequest(() => {
    if (name !== undefined) checkName(name);
  });

const organizations = () =>
  organization({
    ac: organizationAccess,
    roles: ORGANIZATION_ROLES,
    creatorRole: 'owner',
    membershipLimit: MAX_MEMBERS,
    disableOrganizationDeletion: true,
    organizationHooks: {
      beforeCreateOrganization: async ({ organization: created }) => {
        asBadRequest(() => checkSlug(created.slug ?? ''));
        refuseBadName(created);
      },
      beforeUpdateOrganization: async ({ organization: changed }) => {
        if (changed.slug !== undefined) throw new APIError('BAD_REQUEST', { message: 'A slug never changes.' });
        refuseBadName(changed);
      },
    },
  });

const createOptions = (config: ApiConfig, pool: Pool) => ({
  appName: 'IA Modules',
  baseURL: config.publicApiUrl,
  basePath: '/auth',
  secret: config.authSecret,
  database: pool,
  trustedOrigins: [config.publicPortalUrl],
  emailAndPassword: { enabled: true, minPasswordLength: 10, maxPasswordLength: 256 },
  databaseHooks: {
    user: {
      create: { before: async (user: { readonly name?: string }) => refuseBadName(user) },
      update: { before: async (user: { readonly name?: string | undefined }) => refuseBadName(user) },
    },
  },
  session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_SECONDS / 7 },
  rateLimit: {
    enabled: true,
    window: 60,
    max: 600,
    customRules: { '/sign-in/email': { window: 60, max: 60 }, '/sign-up/email': { window: 60, max: 60 } },
  },
  advanced: {
    cookiePrefix: 'ia-modules',
    useSecureCookies: config.publicApiUrl.startsWith('https:'),
    database: { generateId: () => randomUUID() },
    ipAddress: { ipAddressHeaders: ['x-ia-client-address'] },
  },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [bearer(), organizations()],
});

const createBetterAuth = (config: ApiConfig, pool: Pool) => betterAuth(createOptions(config, pool));

export type Auth = {
  readonly betterAuth: ReturnType<typeof createBetterAuth>;
  readonly pool: Pool;
  close(): Promise<void>;
};

/** Users, sessions and organizations, on the role that alone may see their tables. */
export const createAuth = (config: ApiConfig): Auth => {
  const pool = createPool({ url: config.authDatabaseUrl, maxConnections: MAX_AUTH_CONNECTIONS, searchPath: 'auth' });
  return { betterAuth: createBetterAuth(config, pool), pool, close: () => pool.end() };
};
