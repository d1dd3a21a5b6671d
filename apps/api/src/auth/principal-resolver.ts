import { createHash } from 'node:crypto';
import { type Database, findMemberships, isApiToken, type Principal, type TokenVerifier } from '@ia-modules/database';
import type { Auth } from './auth.ts';
import type { Credential } from './credential.ts';

/** How long a session or a membership that ended may still count. */
const CACHE_MS = 2_000;
const MAX_CACHED = 10_000;

export type PrincipalResolver = {
  /** Who stands behind a credential; null when it is not valid (any more). */
  resolve(credential: Credential): Promise<Principal | null>;
  /** Drops what is remembered about sessions, after a change of memberships. */
  forget(): void;
};

type CachedPrincipal = { readonly principal: Promise<Principal | null>; readonly expiresAtMs: number };

const cacheKeyOf = (credential: Credential): string =>
  createHash('sha256')
    .update(credential.kind === 'bearer' ? `bearer ${credential.token}` : `cookie ${credential.cookie}`)
    .digest('base64url');

const sessionHeaders = (credential: Credential): Headers =>
  new Headers(
    credential.kind === 'bearer' ? { authorization: `Bearer ${credential.token}` } : { cookie: credential.cookie },
  );

const resolveSession = async (auth: Auth, database: Database, credential: Credential): Promise<Principal | null> => {
  const session = await auth.betterAuth.api.getSession({ headers: sessionHeaders(credential) });
  if (session === null) return null;
  const { id: userId, email, emailVerified: isEmailVerified, name } = session.user;
  const memberships = await findMemberships(database.pool, userId);
  return { kind: 'user', userId, sessionId: session.session.id, email, isEmailVerified, name, memberships };
};

/** Tells principals from credentials, remembering each session for two seconds. */
export const createPrincipalResolver = ({
  auth,
  database,
  tokens,
}: Readonly<{ auth: Auth; database: Database; tokens: TokenVerifier }>): PrincipalResolver => {
  const sessions = new Map<string, CachedPrincipal>();

  const resolveCached = (credential: Credential): Promise<Principal | null> => {
    const key = cacheKeyOf(credential);
    const cached = sessions.get(key);
    if (cached !== undefined && cached.expiresAtMs > performance.now()) return cached.principal;
    if (sessions.size >= MAX_CACHED) sessions.clear();
    const principal = resolveSession(auth, database, credential);
    sessions.set(key, { principal, expiresAtMs: performance.now() + CACHE_MS });
    principal.catch(() => sessions.delete(key));
    return principal;
  };

  return {
    resolve: (credential) =>
      credential.kind === 'bearer' && isApiToken(credential.token)
        ? tokens.verify(credential.token)
        : resolveCached(credential),
    forget: () => sessions.clear(),
  };
};
