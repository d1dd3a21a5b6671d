import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request proves its identity with. `cookie` is sent by browsers unasked, so it needs more care than a bearer. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'cookie'; readonly cookie: string };

/** Tells credentials apart without keeping one: a hash. */
export const credentialKey = (credential: Credential): string =>
  createHash('sha256')
    .update(credential.kind === 'bearer' ? `bearer ${credential.token}` : `cookie ${credential.cookie}`)
    .digest('base64url');

const BEARER = /^Bearer +(\S+)$/i;
const SESSION_COOKIE = /(?:^|;\s*)((?:__Secure-)?ia-modules\.session_token=[^;]+)/;

/** A header that is no bearer token is a credential all the same: one that nobody knows. */
const parseAuthorization = (authorization: string): Credential => ({
  kind: 'bearer',
  token: BEARER.exec(authorization)?.[1] ?? '',
});

const parseCookie = (header: string | undefined): Credential | null => {
  const cookie = SESSION_COOKIE.exec(header ?? '')?.[1];
  return cookie === undefined ? null : { kind: 'cookie', cookie };
};

export const credentialOfHeaders = (headers: IncomingHttpHeaders): Credential | null =>
  headers.authorization === undefined ? parseCookie(headers.cookie) : parseAuthorization(headers.authorization);

/** Over a websocket the connection parameters count first, then the cookie of the upgrade request. */
export const credentialOfSocket = (
  connectionParams: Readonly<Record<string, unknown>> | undefined,
  headers: IncomingHttpHeaders,
): Credential | null => {
  const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  if (authorization !== undefined && authorization !== null) {
    return parseAuthorization(typeof authorization === 'string' ? authorization : '');
  }
  return credentialOfHeaders(headers);
};
