import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { StoredAnswer } from './answer-cache.ts';

const NO_CACHE = /(?:^|,)\s*no-cache\s*(?:,|$)/i;

/** Sends an answer that was given before, or says that the client has it. */
export function sendStored(request: IncomingMessage, response: ServerResponse, { headers, body }: StoredAnswer): void {
  const isKnown = isFresh(request.headers, headers['etag']);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !(isKnown && name.startsWith('content-'))) response.setHeader(name, value);
  }
  response.statusCode = isKnown ? 304 : 200;
  if (!isKnown) response.setHeader('content-length', body.byteLength);
  response.end(isKnown ? undefined : body);
}

/** Whether a client holds the answer with this tag, and takes that for good. */
export function isFresh(headers: IncomingHttpHeaders, etag: OutgoingHttpHeaders[string]): boolean {
  const known = headers['if-none-match'];
  if (known === undefined || typeof etag !== 'string' || NO_CACHE.test(headers['cache-control'] ?? '')) return false;
  if (known.trim() === '*') return true;
  return known.split(',').some((tag) => withoutWeakness(tag.trim()) === withoutWeakness(etag));
}

const withoutWeakness = (tag: string): string => (tag.startsWith('W/') ? tag.slice(2) : tag);

/** Hands over the answer that somebody else is about to give, once it is whole and a 200. */
export function recordAnswer(response: ServerResponse, keep: (answer: StoredAnswer) => void): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const chunks: Buffer[] = [];
  const take = (chunk: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  response.write = (...args: readonly unknown[]): boolean => {
    take(args[0]);
    return Reflect.apply(write, undefined, args) === true;
  };
  response.end = (...args: readonly unknown[]): ServerResponse => {
    take(args[0]);
    if (response.statusCode === 200) keep({ headers: { ...response.getHeaders() }, body: Buffer.concat(chunks) });
    Reflect.apply(end, undefined, args);
    return response;
  };
}
