import { sso } from '@better-auth/sso';
import { appendAudit, withTenant } from '@ia-modules/database';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { symmetricDecrypt } from 'better-auth/crypto';
import type { Pool } from 'pg';
import type { ApiConfig } from '../config.ts';
import { quotaErrorOf } from '../database-errors/quota-error.ts';
import type { AuthInit } from './auth-init.ts';
import { refuseOddTexts } from './refuse-odd-texts.ts';

const SIGN_IN_PATH = '/sign-in/sso';

type JoinRow = { readonly has_joined: boolean; readonly role: string };

type Joining = Readonly<{ tenantId: string; userId: string; providerId: string }>;

/** Lets a person in whom the tenant's identity provider has vouched for. */
const joinTenant = async ({ database }: AuthInit, { tenantId, userId, providerId }: Joining): Promise<void> =>
  withTenant(database, tenantId, async (tx) => {
    const [joined] = await tx.$queryRaw<JoinRow[]>`
      select has_joined, role from join_by_single_sign_on(${userId}, ${providerId})`;
    if (joined?.has_joined !== true) return;
    await appendAudit(tx, {
      tenantId,
      actor: { kind: 'user', userId },
      action: 'member.join',
      target: `member:${userId}`,
      details: { before: null, after: { role: joined.role }, by: 'single sign-on' },
    });
  });

/** Whoever finds the tenant full is told so on the portal's page. */
const joinOrTell = async (init: AuthInit, joining: Joining): Promise<void> => {
  try {
    await joinTenant(init, joining);
  } catch (error) {
    const refusal = quotaErrorOf(error);
    if (refusal === undefined) throw error;
    const query = new URLSearchParams({ error: 'tenant_full', error_description: refusal.message });
    throw new APIError('FOUND', undefined, { location: `${init.config.publicPortalUrl}/sign-in?${query}` });
  }
};

/**
 * Sign-in through the identity provider of a tenant. Providers are set in GraphQL; of the plugin's endpoints there are
 * only those that sign people in.
 */
export const singleSignOn = (init: AuthInit) => {
  const { endpoints, schema, ...plugin } = sso({
    domainVerification: { enabled: true },
    provisionUserOnEveryLogin: true,
    provisionUser: async ({ user, provider }) => {
      const { organizationId: tenantId, providerId } = provider;
      if (typeof tenantId === 'string') await joinOrTell(init, { tenantId, userId: user.id, providerId });
    },
    organizationProvisioning: { disabled: true },
  });
  const { ssoProvider } = schema;
  const key = init.config.authSecret;
  const oidcConfig = {
    type: 'string' as const,
    required: false,
    returned: false,
    transform: {
      output: (sealed: unknown) => (typeof sealed === 'string' ? symmetricDecrypt({ key, data: sealed }) : null),
    },
  };
  return {
    ...plugin,
    schema: { ssoProvider: { ...ssoProvider, fields: { ...ssoProvider.fields, oidcConfig } } },
    endpoints: { signInSSO: endpoints.signInSSO, callbackSSO: endpoints.callbackSSO },
  };
};

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();

const PROVIDER_OF_DOMAIN = 'select "providerId" from "ssoProvider" where "domainVerified" and "domain" = $1';
const DOMAIN_OF_PROVIDER = 'select "domain" from "ssoProvider" where "domainVerified" and "providerId" = $1';

const callbackUrls = ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL'] as const;

const isOfPortal = (url: unknown, { publicPortalUrl }: ApiConfig): boolean =>
  url === undefined || (typeof url === 'string' && url.startsWith(`${publicPortalUrl}/`)) || url === publicPortalUrl;

/**
 * Looks at every request. A person says their address; whose identity provider that leads to is looked up here, and
 * by nothing else they send.
 */
export const prepareSignIn = (config: ApiConfig, pool: Pool) =>
  createAuthMiddleware(async (context) => {
    refuseOddTexts(context);
    if (context.path !== SIGN_IN_PATH) return undefined;
    const asked = context.body as Readonly<Record<string, unknown>>;
    if (!callbackUrls.every((name) => isOfPortal(asked[name], config))) {
      throw new APIError('FORBIDDEN', { message: 'A callback leads to the portal.' });
    }
    const domain = typeof asked['email'] === 'string' ? domainOf(asked['email']) : '';
    const { rows } = await pool.query<{ providerId: string }>(PROVIDER_OF_DOMAIN, [domain]);
    if (rows[0] === undefined) {
      throw new APIError('NOT_FOUND', {
        message: 'No tenant signs in through a provider of its own with this address.',
      });
    }
    const { callbackURL, errorCallbackURL, newUserCallbackURL, email } = asked;
    const body = { callbackURL, errorCallbackURL, newUserCallbackURL, email, providerId: rows[0].providerId };
    return { context: { ...context, body } };
  });

type Vouched = {
  readonly user: { readonly email?: string | undefined };
  readonly source: {
    readonly method: string;
    readonly sso?: { readonly providerId: string; readonly profile?: Record<string, unknown> | undefined } | undefined;
  };
};

/** An identity provider speaks for the addresses of its tenant's domain: about all others it is not believed. */
export const validateSignedOnUser =
  (pool: Pool) =>
  async ({
    user,
    source,
  }: Vouched): Promise<{ readonly error: string; readonly errorDescription: string } | undefined> => {
    if (source.method !== 'sso-oidc') return undefined;
    const { rows } = await pool.query<{ domain: string }>(DOMAIN_OF_PROVIDER, [source.sso?.providerId]);
    const isOfDomain = rows[0] !== undefined && domainOf(user.email ?? '') === rows[0].domain;
    if (isOfDomain && source.sso?.profile?.['email_verified'] !== false) return undefined;
    return {
      error: 'address_not_of_domain',
      errorDescription: 'The identity provider named an address that it does not speak for.',
    };
  };
