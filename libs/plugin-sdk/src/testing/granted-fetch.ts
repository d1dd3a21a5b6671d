import { matchesNetPattern } from '../net-pattern.ts';
import { networkError, PluginError } from '../plugin-error.ts';
import { PlatformError } from '../errors.ts';
import type { Answer, Asked } from './asked.ts';

/** One request that a plugin made, as a test may look at it. */
export type TestRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

export type GrantedFetchInit = {
  /** Lists of host patterns, all of which must name a host. */
  readonly granted: readonly (readonly string[])[];
  readonly answer: Answer;
  readonly signal: AbortSignal;
  readonly onRequest: (request: TestRequest) => void;
};

/** Makes the `fetch` of one call, which reaches granted hosts only. */
export const createGrantedFetch = (init: GrantedFetchInit): typeof fetch => {
  const { granted, answer, signal, onRequest } = init;
  const checkGranted = (url: URL): void => checkHost(url, granted);
  return async (input, options) => {
    const request = new Request(input, options);
    const either = AbortSignal.any([signal, request.signal]);
    either.throwIfAborted();
    const { method, redirect } = request;
    const url = new URL(request.url);
    checkGranted(url);
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const asked: Asked = { method, url, headers: new Headers(request.headers), body, redirect, checkGranted };
    onRequest(describe(asked));
    return await send(asked, answer, either);
  };
};

const checkHost = (url: URL, granted: GrantedFetchInit['granted']): void => {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const isNamed = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesNetPattern(pattern, url.hostname, port));
  if (isWeb && granted.every(isNamed)) return;
  throw new PluginError({
    message: isWeb
      ? `${url.hostname}:${port} is not among the granted hosts.`
      : `The scheme ${url.protocol} is not allowed.`,
    name: 'NetDeniedError',
    code: 'IA_PLUGIN_NET_DENIED',
    hint: 'Declare the host under permissions.net in the manifest, and grant it to the plugin.',
  });
};

const send = async (asked: Asked, answer: Answer, signal: AbortSignal): Promise<Response> => {
  try {
    return await answer(asked, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof PlatformError ? error : networkError(`The request to ${asked.url.host} failed.`, error);
  }
};

const describe = ({ method, url, headers, body }: Asked): TestRequest => ({
  method,
  url: url.href,
  headers: Object.fromEntries(headers),
  body: body === null ? null : new TextDecoder().decode(body),
});
