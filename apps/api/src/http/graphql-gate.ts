import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '@ia-modules/plugin-sdk';
import { credentialOfHeaders } from '../auth/credential.ts';
import type { PrincipalResolver } from '../auth/principal-resolver.ts';
import type { Caller } from '../graphql/operation-call.ts';
import type { JsonError } from './answer-json.ts';
import { FOREIGN_ORIGIN, isForeign, type OriginPolicy } from './cors.ts';

const JSON_TYPE = /^application\/(?:graphql\+)?json\s*(?:;|$)/i;

export type Gate = { readonly caller: Caller } | { readonly refusal: JsonError };

const refuse = (status: number, code: ErrorCode, message: string, hint: string): Gate => ({
  refusal: { status, code, message, hint },
});

/**
 * What a page on another site can make a browser send without asking first: a form, or a plain link with the cookie.
 * Neither may reach an operation.
 */
const refuseForgeable = (request: IncomingMessage, policy: OriginPolicy): Gate | null => {
  if (isForeign(policy, request)) return { refusal: FOREIGN_ORIGIN };
  if (request.method === 'POST' && !JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    return refuse(415, 'IA_API_INVALID', 'The body must be JSON.', 'Send `content-type: application/json`.');
  }
  const hasCookieOnly = request.headers.authorization === undefined && credentialOfHeaders(request.headers) !== null;
  if (request.method === 'GET' && hasCookieOnly && request.headers['x-ia-csrf'] === undefined) {
    return refuse(403, 'IA_API_FORBIDDEN', 'A GET with a cookie needs a header of its own.', 'Send `x-ia-csrf: 1`.');
  }
  return null;
};

/** Whether a browser asks for a page to look at, not for the answer to an operation. */
export const isPageRequest = ({ method, url = '', headers }: IncomingMessage): boolean =>
  method === 'GET' && !/[?&](?:query|documentId)=/.test(url) && (headers.accept ?? '').includes('text/html');

/** Decides whether a request may reach GraphQL, and as whom. A credential that is not valid is refused, never ignored. */
export const passGraphqlGate = async (
  request: IncomingMessage,
  { policy, principals }: Readonly<{ policy: OriginPolicy; principals: PrincipalResolver }>,
): Promise<Gate> => {
  if (isPageRequest(request)) return { caller: { credential: null, principal: null } };
  const refusal = refuseForgeable(request, policy);
  if (refusal !== null) return refusal;
  const credential = credentialOfHeaders(request.headers);
  if (credential === null) return { caller: { credential, principal: null } };
  const principal = await principals.resolve(credential);
  if (principal !== null) return { caller: { credential, principal } };
  return refuse(401, 'IA_API_UNAUTHENTICATED', 'The session or token is not valid (any more).', 'Sign in again.');
};
