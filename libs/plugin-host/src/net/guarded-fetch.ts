import { networkError, matchesNetPattern, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import { Agent, fetch as undiciFetch } from 'undici';
import { createPinnedConnector } from './pinned-connector.ts';
import { limitBody, readBounded } from './read-bounded.ts';
import { nextHop, type Hop } from './redirect.ts';
import type { ResolveName } from './resolve-name.ts';

export type GuardedFetchOptions = {
  /** Which hosts may be asked at all. @default every host that resolves to public addresses */
  readonly isGranted?: (host: string, port: number) => boolean;
  /** `host` (ports 80 and 443) or `host:port` that may lie in the own network. @default [] */
  readonly egressAllow?: readonly string[];
  /** Of one body, after decompression; it is read as it comes, never kept as a whole here. @default 32 MiB */
  readonly maxResponseBytes?: number;
  /** @default 4 MiB */
  readonly maxRequestBytes?: number;
  /** @default 10 */
  readonly maxRedirects?: number;
  /** @default the system's names */
  readonly resolve?: ResolveName;
};

export type GuardedFetch = {
  /**
   * Like the global `fetch`. The body streams; reading it fails at the first byte beyond the limit.
   *
   * @throws PluginError `IA_PLUGIN_NET_DENIED` for a host, scheme or address that is out of bounds, `IA_PLUGIN_NET_FAILED`
   *   (`NetworkError`, retryable) when the network fails, `IA_PLUGIN_LIMIT` when a body is too large.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The same connections under a narrower rule; closing it does nothing. */
  readonly restrict: (isGranted: (host: string, port: number) => boolean) => GuardedFetch;
  /** Ends every connection, also of bodies that nobody has read. */
  readonly close: () => Promise<void>;
};

const DEFAULT_REQUEST_BYTES = 4 * 1024 * 1024;
const DEFAULT_RESPONSE_BYTES = 32 * 1024 * 1024;
const DEFAULT_REDIRECTS = 10;
/** These belong to the connection: a caller that sets them could reach another virtual host or smuggle a second request. */
const CONNECTION_HEADERS = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/**
 * Makes a `fetch` that can't be led into the own network: names are resolved, checked and pinned, and each redirect is
 * checked like a new request.
 */
export const createGuardedFetch = (options: GuardedFetchOptions = {}): GuardedFetch => {
  const egressAllow = options.egressAllow ?? [];
  const agent = new Agent({
    connect: createPinnedConnector(
      (host, port) => egressAllow.some((pattern) => matchesNetPattern(pattern, host, port)),
      options.resolve,
    ),
  });
  const limits: Limits = {
    maxResponseBytes: options.maxResponseBytes ?? DEFAULT_RESPONSE_BYTES,
    maxRequestBytes: options.maxRequestBytes ?? DEFAULT_REQUEST_BYTES,
    maxRedirects: options.maxRedirects ?? DEFAULT_REDIRECTS,
  };
  const build = (isGranted: IsGranted, close: () => Promise<void>): GuardedFetch => ({
    fetch: async (input, init) => await follow({ request: new Request(input, init), agent, isGranted, limits }),
    restrict: (narrower) =>
      build(
        (host, port) => isGranted(host, port) && narrower(host, port),
        async () => {},
      ),
    close,
  });
  return build(options.isGranted ?? (() => true), () => agent.destroy());
};

type IsGranted = (host: string, port: number) => boolean;
type Limits = { readonly maxResponseBytes: number; readonly maxRequestBytes: number; readonly maxRedirects: number };
type Exchange = {
  readonly request: Request;
  readonly agent: Agent;
  readonly isGranted: IsGranted;
  readonly limits: Limits;
};

const follow = async ({ request, agent, isGranted, limits }: Exchange): Promise<Response> => {
  const body = request.body === null ? null : await readBounded(request.body, limits.maxRequestBytes, 'request');
  const headers = new Headers(request.headers);
  for (const name of CONNECTION_HEADERS) headers.delete(name);
  let hop: Hop = { url: new URL(request.url), method: request.method, headers, body };
  for (let redirects = 0; redirects <= limits.maxRedirects; redirects++) {
    checkGranted(hop.url, isGranted);
    const response = await send(hop, agent, request.signal);
    const next = request.redirect === 'manual' ? null : nextHop(hop, response.status, response.headers.get('location'));
    if (next === null) {
      return streamed({ response, url: hop.url, redirected: redirects > 0, limits, signal: request.signal });
    }
    await response.body?.cancel();
    if (request.redirect === 'error')
      throw new PluginError({ message: `${hop.url.host} redirects.`, name: 'TypeError' });
    hop = next;
  }
  throw new PluginError({ message: `${hop.url.host} redirects more than ${limits.maxRedirects} times.` });
};

const checkGranted = (url: URL, isGranted: IsGranted): void => {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (isWeb && isGranted(url.hostname, port)) return;
  throw new PluginError({
    message: isWeb
      ? `${url.hostname}:${port} is not among the granted hosts.`
      : `The scheme ${url.protocol} is not allowed.`,
    name: 'NetDeniedError',
    code: 'IA_PLUGIN_NET_DENIED',
    hint: 'Declare the host under permissions.net in the manifest, and grant it to the plugin.',
  });
};

type UndiciResponse = Awaited<ReturnType<typeof undiciFetch>>;

const send = async (hop: Hop, agent: Agent, signal: AbortSignal): Promise<UndiciResponse> => {
  try {
    return await undiciFetch(hop.url, {
      method: hop.method,
      headers: [...hop.headers],
      body: hop.body,
      redirect: 'manual',
      dispatcher: agent,
      signal,
    });
  } catch (error) {
    throw toFetchError(error, hop.url, signal);
  }
};

type Answered = {
  readonly response: UndiciResponse;
  readonly url: URL;
  readonly redirected: boolean;
  readonly limits: Limits;
  readonly signal: AbortSignal;
};

const streamed = ({ response, url, redirected, limits, signal }: Answered): Response => {
  const { status, statusText, headers } = response;
  const body =
    response.body === null || NULL_BODY_STATUSES.has(status)
      ? null
      : limitBody({
          body: response.body,
          maxBytes: limits.maxResponseBytes,
          describe: (error) => toFetchError(error, url, signal),
        });
  const result = new Response(body, { status, statusText, headers: [...headers] });
  Object.defineProperties(result, { url: { value: url.href }, redirected: { value: redirected } });
  return result;
};

const toFetchError = (error: unknown, url: URL, signal?: AbortSignal): unknown => {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof PlatformError) return error;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause instanceof PlatformError) return cause;
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return networkError(`The request to ${url.host} failed${reason}.`, error);
};
