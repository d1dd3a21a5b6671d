import type { ServerResponse } from 'node:http';

/** For what is no page: nothing may be loaded, framed or taken for something else. */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-site'],
];

const TRANSPORT_SECURITY = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const;

/** What every answer carries; over https also that it stays so. */
export const securityHeaders = (publicApiUrl: string): ((response: ServerResponse) => void) => {
  const headers = publicApiUrl.startsWith('https:') ? [...HEADERS, TRANSPORT_SECURITY] : HEADERS;
  return (response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
};
