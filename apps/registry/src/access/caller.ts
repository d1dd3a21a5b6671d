import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@ia-modules/database';

export type TokenPrincipal = Extract<Principal, { kind: 'token' }>;

/** Who sends a request. `platform` is the API or a worker, which fetch tarballs on behalf of any tenant. */
export type Caller =
  | Readonly<{ kind: 'anonymous' }>
  | Readonly<{ kind: 'platform' }>
  | Readonly<{ kind: 'token'; principal: TokenPrincipal }>;

export type Identify = (authorization: string | undefined) => Promise<Caller | null>;

const BEARER = /^bearer ([\x21-\x7e]{1,512})$/i;

/** Makes the function that names the sender of an Authorization header; null when the header is not valid (any more). */
export function createIdentify(
  verifyToken: (token: string) => Promise<Principal | null>,
  internalToken: string,
): Identify {
  return async (authorization) => {
    if (authorization === undefined || authorization === '') return { kind: 'anonymous' };
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return null;
    if (isSameSecret(token, internalToken)) return { kind: 'platform' };
    const principal = await verifyToken(token);
    return principal?.kind === 'token' ? { kind: 'token', principal } : null;
  };
}

function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
