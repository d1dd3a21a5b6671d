import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiConfig } from '../config.ts';
import type { JsonError } from './answer-json.ts';

const ALLOWED_METHODS = 'GET, POST, OPTIONS';
const ALLOWED_HEADERS = 'authorization, content-type, accept, x-ia-csrf, last-event-id, traceparent';
const EXPOSED_HEADERS = 'set-auth-token, retry-after, x-request-id';
const PREFLIGHT_SECONDS = '600';

export type OriginPolicy = { readonly isAllowed: (origin: string) => boolean };

/** Browsers may call from the portal and from the API's own pages (GraphiQL), from nowhere else. */
export const createOriginPolicy = ({ publicApiUrl, publicPortalUrl }: ApiConfig): OriginPolicy => {
  const allowed = new Set([publicApiUrl, publicPortalUrl].map((url) => new URL(url).origin));
  return { isAllowed: (origin) => allowed.has(origin) };
};

export const isForeign = (policy: OriginPolicy, { headers }: IncomingMessage): boolean =>
  headers.origin !== undefined && !policy.isAllowed(headers.origin);

export const FOREIGN_ORIGIN: JsonError = {
  status: 403,
  code: 'IA_API_FORBIDDEN',
  message: 'This origin may not call the API.',
  hint: 'Call it from the portal or from a server.',
};

/** Names the caller's origin when it is allowed; a foreign one gets no CORS header at all, so its browser keeps the answer. */
export const applyCors = (policy: OriginPolicy, request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || isForeign(policy, request)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', ALLOWED_METHODS);
  response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
};
