import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiConfig } from '../config.ts';

const ALLOWED_METHODS = 'GET, POST, OPTIONS';
const ALLOWED_HEADERS = 'authorization, content-type, accept, x-ia-csrf, last-event-id';
const EXPOSED_HEADERS = 'set-auth-token';
const PREFLIGHT_SECONDS = '600';

export type OriginPolicy = { readonly isAllowed: (origin: string) => boolean };

/** Browsers may call from the portal and from the API's own pages (GraphiQL), from nowhere else. */
export const createOriginPolicy = ({ publicApiUrl, publicPortalUrl }: ApiConfig): OriginPolicy => {
  const allowed = new Set([publicApiUrl, publicPortalUrl].map((url) => new URL(url).origin));
  return { isAllowed: (origin) => allowed.has(origin) };
};

/** Names the caller's origin when it is allowed; a foreign one gets no CORS header at all, so its browser keeps the answer. */
export const applyCors = (policy: OriginPolicy, request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !policy.isAllowed(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', ALLOWED_METHODS);
  response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
};
