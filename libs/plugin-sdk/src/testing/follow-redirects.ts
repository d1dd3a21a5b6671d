import { PluginError } from '../plugin-error.ts';
import type { Asked } from './asked.ts';

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CREDENTIAL_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];

/** Sends a request and goes where its answers redirect to, each host of which must be granted as well. */
export const followRedirects = async (first: Asked, send: (asked: Asked) => Promise<Response>): Promise<Response> => {
  let asked = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    first.checkGranted(asked.url);
    const response = await send(asked);
    const next = first.redirect === 'manual' ? null : nextAsked(asked, response);
    if (next === null) return withPlace(response, asked.url, redirects > 0);
    await response.body?.cancel();
    if (first.redirect === 'error') throw new TypeError(`${asked.url.host} redirects.`);
    asked = next;
  }
  throw new PluginError({ message: `${asked.url.host} redirects more than ${MAX_REDIRECTS} times.` });
};

/** Where a response redirects to, as the fetch standard has it; null when it is no redirect. */
const nextAsked = (asked: Asked, { status, headers: answered }: Response): Asked | null => {
  const location = answered.get('location');
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, asked.url.href)) return null;
  const url = new URL(location, asked.url);
  const headers = new Headers(asked.headers);
  if (url.origin !== asked.url.origin) for (const name of CREDENTIAL_HEADERS) headers.delete(name);
  const becomesGet = status === 303 ? !['GET', 'HEAD'].includes(asked.method) : status < 303 && asked.method === 'POST';
  if (!becomesGet) return { ...asked, url, headers };
  for (const name of BODY_HEADERS) headers.delete(name);
  return { ...asked, url, method: 'GET', headers, body: null };
};

/** A response that was made by hand says nothing of where it is from. */
export const withPlace = (response: Response, url: URL, redirected: boolean): Response =>
  Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
