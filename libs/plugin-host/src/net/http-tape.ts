import { PluginError } from '@ia-modules/plugin-sdk';
import type { Scrub } from '../scrub.ts';
import type { GuardedFetch } from './guarded-fetch.ts';

/** One request with its answer; `headers` and `body` of the request are compared only where they stand. */
export type TapedExchange = {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly bodyBase64?: string;
  };
};
export type HttpTape = readonly TapedExchange[];
export type RecordExchange = (exchange: TapedExchange) => void;

type Fetch = GuardedFetch['fetch'];
type IsGranted = (host: string, port: number) => boolean;

/** Headers that carry credentials, of requests and answers: no tape has them. */
const PRIVATE_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
]);
/** They speak of the transfer, not of the body that a tape keeps. */
const TRANSFER_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'transfer-encoding',
]);

/** Makes real requests and tells the sink each with its answer, bodies as a whole, without secrets. */
export const recordFetch =
  (fetch: Fetch, sink: RecordExchange, scrub: Scrub): Fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const sent = request.body === null ? undefined : new Uint8Array(await request.clone().arrayBuffer());
    const response = await fetch(request);
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    sink({
      request: {
        method: request.method,
        url: scrub(request.url),
        headers: publicHeaders(request.headers, scrub),
        ...(sent === undefined ? {} : { body: scrub(new TextDecoder().decode(sent)) }),
      },
      response: {
        status: response.status,
        headers: publicHeaders(response.headers, scrub),
        ...bodyOf(bytes, scrub),
      },
    });
    return response;
  };

/**
 * Answers from a tape, never from the network: each exchange once, in order, the first that fits.
 *
 * The fetch throws PluginError `IA_PLUGIN_NET_TAPE` when none does, and `IA_PLUGIN_NET_DENIED` as the real one would.
 */
export const replayFetch = (tape: HttpTape, isGranted: IsGranted, scrub: Scrub): Fetch => {
  const left = [...tape];
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    if (!isGranted(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80))) throw notGranted(url);
    const body = request.body === null ? undefined : scrub(await request.text());
    const index = left.findIndex((exchange) => isAbout(exchange, { request, body, scrub }));
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (found === undefined) throw notOnTape(request, url, tape.length - left.length);
    return responseOf(found, url);
  };
};

type Asked = { readonly request: Request; readonly body: string | undefined; readonly scrub: Scrub };

const isAbout = ({ request: taped }: TapedExchange, { request, body, scrub }: Asked): boolean =>
  taped.method.toUpperCase() === request.method &&
  (taped.url === request.url || taped.url === scrub(request.url)) &&
  (taped.body === undefined || taped.body === body) &&
  Object.entries(taped.headers ?? {}).every(
    ([name, value]) => !request.headers.has(name) || scrub(request.headers.get(name) ?? '') === value,
  );

const responseOf = ({ response }: TapedExchange, url: URL): Response => {
  const { status, body, bodyBase64 } = response;
  const bytes = bodyBase64 === undefined ? body : Buffer.from(bodyBase64, 'base64');
  const isEmpty = bytes === undefined || status === 204 || status === 205 || status === 304;
  const headers = Object.entries(response.headers).filter(([name]) => !TRANSFER_HEADERS.has(name.toLowerCase()));
  const answered = new Response(isEmpty ? null : bytes, { status, headers });
  Object.defineProperty(answered, 'url', { value: url.href });
  return answered;
};

const publicHeaders = (headers: Headers, scrub: Scrub): Record<string, string> =>
  Object.fromEntries(
    [...headers]
      .filter(([name]) => !PRIVATE_HEADERS.has(name) && !TRANSFER_HEADERS.has(name))
      .map(([name, value]) => [name, scrub(value)]),
  );

const bodyOf = (bytes: Uint8Array, scrub: Scrub): { readonly body: string } | { readonly bodyBase64: string } => {
  try {
    return { body: scrub(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { bodyBase64: Buffer.from(bytes).toString('base64') };
  }
};

const notGranted = (url: URL): PluginError =>
  new PluginError({
    message: `${url.host} is not among the granted hosts.`,
    name: 'NetDeniedError',
    code: 'IA_PLUGIN_NET_DENIED',
    hint: 'Declare the host under permissions.net in the manifest, and grant it to the plugin.',
  });

const notOnTape = ({ method }: Request, url: URL, used: number): PluginError =>
  new PluginError({
    message: `${method} ${url.origin}${url.pathname} is not on the tape, or was replayed before (${used} exchanges are used up).`,
    name: 'TapeError',
    code: 'IA_PLUGIN_NET_TAPE',
    hint: 'Record the exchange anew, or write it onto the tape.',
  });
