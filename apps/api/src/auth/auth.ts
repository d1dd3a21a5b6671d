import { randomUUID } from 'node:crypto';
import { createPool } from '@ia-modules/database';
import { betterAuth } from 'better-auth';
import { symmetricEncrypt } from 'better-auth/crypto';
import { bearer, deviceAuthorization, twoFactor } from 'better-auth/plugins';
import type { Pool } from 'pg';
import type { ApiConfig } from '../config.ts';
import { accountHooks } from './account-hooks.ts';
import { createAccountMails } from './account-mails.ts';
import type { AuthInit } from './auth-init.ts';
import { CREATE_ORGANIZATION_PATH, organizations } from './organizations.ts';
import { proveAddress, requireSameUser } from './proven-address.ts';
import { prepareSignIn, singleSignOn, validateSignedOnUser } from './single-sign-on.ts';

const APP_NAME = 'IA Modules';
const SESSION_SECONDS = 7 * 24 * 3600;
const VERIFICATION_SECONDS = 24 * 3600;
const RESET_SECONDS = 3600;
const MAX_AUTH_CONNECTIONS = 5;

/** What a command line calls itself when it asks a person to let it in. */
export const DEVICE_CLIENT_ID = 'ia-modules-cli';

/** Of no use to anyone here: what identity providers hand out stays on this side. */
const CLOSED_PATHS = [
  CREATE_ORGANIZATION_PATH,
  '/sign-in/social',
  '/link-social',
  '/unlink-account',
  '/get-access-token',
  '/refresh-token',
  '/account-info',
];

const perMinute = (max: number) => ({ window: 60, max });

const RATE_LIMITS = {
  '/sign-in/email': perMinute(60),
  '/sign-up/email': perMinute(60),
  '/sign-in/sso': perMinute(30),
  '/request-password-reset': perMinute(10),
  '/reset-password': perMinute(20),
  '/send-verification-email': perMinute(10),
  '/device/code': perMinute(30),
  '/device/token': perMinute(120),
};

type SessionReader = (request: Request | undefined) => Promise<string | undefined>;

const passwordOptions = ({ config, mails }: AuthInit, pool: Pool) => {
  const accountMails = createAccountMails({ mails, publicPortalUrl: config.publicPortalUrl });
  return {
    enabled: true,
    minPasswordLength: 10,
    maxPasswordLength: 256,
    requireEmailVerification: config.signIn.requiresVerifiedEmail,
    resetPasswordTokenExpiresIn: RESET_SECONDS,
    revokeSessionsOnPasswordReset: true,
    sendResetPassword: accountMails.sendPasswordReset,
    onPasswordReset: ({ user }: { readonly user: { readonly id: string } }) => proveAddress(pool, user.id),
  };
};

const verificationOptions = ({ config, mails }: AuthInit, readUserId: SessionReader) => ({
  sendOnSignUp: true,
  sendOnSignIn: config.signIn.requiresVerifiedEmail,
  expiresIn: VERIFICATION_SECONDS,
  autoSignInAfterVerification: false,
  sendVerificationEmail: createAccountMails({ mails, publicPortalUrl: config.publicPortalUrl }).sendVerification,
  beforeEmailVerification: async (user: { readonly id: string }, request?: Request) => {
    // Where nobody signs in before the address is confirmed, the mail alone has to do.
    if (!config.signIn.requiresVerifiedEmail) requireSameUser(await readUserId(request), user.id);
  },
});

/** Identity providers with a private address are trusted where the platform calls them, and nowhere to send people to. */
const trustedOrigins =
  ({ publicPortalUrl, signIn }: ApiConfig) =>
  (request?: Request): string[] => {
    const path = request === undefined ? '' : new URL(request.url).pathname;
    return /^\/auth\/(?:sign-in\/sso|sso\/callback\/)/.test(path)
      ? [publicPortalUrl, ...signIn.privateIssuers]
      : [publicPortalUrl];
  };

const createOptions = (init: AuthInit, pool: Pool, readUserId: SessionReader) => {
  const { config } = init;
  return {
    appName: APP_NAME,
    baseURL: config.publicApiUrl,
    basePath: '/auth',
    secret: config.authSecret,
    database: pool,
    disabledPaths: CLOSED_PATHS,
    trustedOrigins: trustedOrigins(config),
    onAPIError: { errorURL: `${config.publicPortalUrl}/sign-in` },
    emailAndPassword: passwordOptions(init, pool),
    emailVerification: verificationOptions(init, readUserId),
    user: { validateUserInfo: validateSignedOnUser(pool) },
    databaseHooks: accountHooks(pool),
    hooks: { before: prepareSignIn(config, pool) },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_SECONDS / 7 },
    rateLimit: { enabled: true, window: 60, max: 600, customRules: RATE_LIMITS },
    advanced: {
      cookiePrefix: 'ia-modules',
      // Said outright: by default the checks are off where NODE_ENV is `test`.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      useSecureCookies: config.publicApiUrl.startsWith('https:'),
      database: { generateId: () => randomUUID() },
      ipAddress: { ipAddressHeaders: ['x-ia-client-address'] },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [
      bearer(),
      organizations(),
      twoFactor({ issuer: APP_NAME }),
      deviceAuthorization({
        verificationUri: `${config.publicPortalUrl}/device`,
        expiresIn: '10m',
        interval: '2s',
        validateClient: (clientId) => clientId === DEVICE_CLIENT_ID,
      }),
      singleSignOn(init),
    ],
  };
};

const createBetterAuth = (init: AuthInit, pool: Pool) => {
  const readUserId: SessionReader = async (request) => {
    if (request === undefined) return undefined;
    return (await auth.api.getSession({ headers: request.headers }))?.user.id;
  };
  const auth = betterAuth(createOptions(init, pool, readUserId));
  return auth;
};

export type Auth = {
  readonly betterAuth: ReturnType<typeof createBetterAuth>;
  readonly pool: Pool;
  /** How the settings of an identity provider, its client secret among them, lie in the database. */
  sealProviderConfig(config: object): Promise<string>;
  close(): Promise<void>;
};

/** Users, sessions and organizations, on the role that alone may see their tables. */
export const createAuth = (init: AuthInit): Auth => {
  const pool = createPool({
    url: init.config.authDatabaseUrl,
    maxConnections: MAX_AUTH_CONNECTIONS,
    searchPath: 'auth',
  });
  return {
    betterAuth: createBetterAuth(init, pool),
    pool,
    sealProviderConfig: (config) => symmetricEncrypt({ key: init.config.authSecret, data: JSON.stringify(config) }),
    close: () => pool.end(),
  };
};
