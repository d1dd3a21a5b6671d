import { findMemberships, isApiToken, type Principal, type TokenVerifier } from '@ia-modules/database';
import type { Pool } from 'pg';
import { ExpiringCache } from '../expiring-cache.ts';
import type { Auth } from './auth.ts';
import { type Credential, credentialKey } from './credential.ts';

/** How long a session or a membership that ended may still count. */
const CACHE_MS = 2_000;
const MAX_CACHED = 10_000;

export type PrincipalResolver = {
  /** Who stands behind a credential; null when it is not valid (any more). */
  resolve(credential: Credential): Promise<Principal | null>;
  /** Drops what is remembered about sessions, after a change of memberships. */
  forget(): void;
};

const sessionHeaders = (credential: Credential): Headers =>
  new Headers(
    credential.kind === 'bearer' ? { authorization: `Bearer ${credential.token}` } : { cookie: credential.cookie },
  );

const resolveSession = async (auth: Auth, lookups: Pool, credential: Credential): Promise<Principal | null> => {
  const session = await auth.betterAuth.api.getSession({ headers: sessionHeaders(credential) });
  if (session === null) return null;
  const { id: userId, email, emailVerified: isEmailVerified, name } = session.user;
  const memberships = await findMemberships(lookups, userId);
  return { kind: 'user', userId, sessionId: session.session.id, email, isEmailVerified, name, memberships };
};

/** Tells principals from credentials, remembering each session for two seconds. */
export const createPrincipalResolver = ({
  auth,
  lookups,
  tokens,
}: Readonly<{ auth: Auth; lookups: Pool; tokens: TokenVerifier }>): PrincipalResolver => {
  const sessions = new ExpiringCache<Principal | null>({ keepMs: CACHE_MS, maxEntries: MAX_CACHED });
  return {
    resolve: (credential) =>
      credential.kind === 'bearer' && isApiToken(credential.token)
        ? tokens.verify(credential.token)
        : sessions.read(credentialKey(credential), () => resolveSession(auth, lookups, credential)),
    forget: () => sessions.clear(),
  };
};
