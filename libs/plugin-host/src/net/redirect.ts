export type Hop = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | null;
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIAL_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];

/** Says where a response redirects to, as the fetch standard has it; null when it is no redirect. */
export const nextHop = (hop: Hop, status: number, location: string | null): Hop | null => {
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, hop.url.href)) return null;
  const url = new URL(location, hop.url);
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) for (const name of CREDENTIAL_HEADERS) headers.delete(name);
  const isPostToGet = (status === 301 || status === 302) && hop.method === 'POST';
  const isSeeOther = status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD';
  if (!isPostToGet && !isSeeOther) return { ...hop, url, headers };
  for (const name of BODY_HEADERS) headers.delete(name);
  return { url, method: 'GET', headers, body: null };
};
