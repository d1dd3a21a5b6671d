import { PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import { type FetchRequest, type FetchResult, PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { violation } from '../protocol/violation.ts';
import type { Scrub } from '../scrub.ts';

/** Makes the requests of one call, a few at a time, and answers each with a result, never a throw. */
export type FetchBroker = {
  /** @throws PlatformError `IA_PLUGIN_PROTOCOL` when the guest asks for too much or repeats an id. */
  readonly request: (fetchId: number, request: FetchRequest) => void;
  readonly stop: () => void;
};

export type FetchBrokerInit = {
  readonly net: GuardedFetch;
  readonly scrub: Scrub;
  readonly answer: (fetchId: number, result: FetchResult) => void;
};

type Waiting = { readonly fetchId: number; readonly request: FetchRequest };

export const createFetchBroker = ({ net, scrub, answer }: FetchBrokerInit): FetchBroker => {
  const controller = new AbortController();
  const waiting: Waiting[] = [];
  let lastFetchId = 0;
  let count = 0;
  let running = 0;
  let waitingBytes = 0;

  const startNext = (): void => {
    while (running < PROTOCOL_LIMITS.concurrentFetches) {
      const next = waiting.shift();
      if (next === undefined) return;
      waitingBytes -= sizeOf(next.request);
      void respond(next);
    }
  };

  const respond = async ({ fetchId, request }: Waiting): Promise<void> => {
    running++;
    const result = await perform(net, request, controller.signal);
    running--;
    if (controller.signal.aborted) return;
    answer(fetchId, scrubbed(result, scrub));
    startNext();
  };

  return {
    request: (fetchId, request) => {
      waitingBytes += sizeOf(request);
      if (fetchId <= lastFetchId || ++count > PROTOCOL_LIMITS.fetchesPerCall) throw violation(8);
      if (waitingBytes > PROTOCOL_LIMITS.waitingFetchBytes) throw violation(8);
      lastFetchId = fetchId;
      waiting.push({ fetchId, request });
      startNext();
    },
    stop: () => {
      waiting.length = 0;
      controller.abort();
    },
  };
};

const sizeOf = (request: FetchRequest): number => (request.body?.length ?? 0) + request.url.length;

const perform = async (net: GuardedFetch, request: FetchRequest, signal: AbortSignal): Promise<FetchResult> => {
  try {
    const response = await net.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body === null ? null : Buffer.from(request.body, 'base64'),
      redirect: request.redirect,
      signal,
    });
    const body = Buffer.from(await response.arrayBuffer()).toString('base64');
    const { url, status, statusText, redirected } = response;
    return { response: { url, status, statusText, redirected, headers: [...response.headers], body } };
  } catch (error) {
    return { error: describe(error) };
  }
};

const describe = (error: unknown): NonNullable<FetchResult['error']> => {
  if (error instanceof PluginError) {
    return { name: error.name, code: error.code, message: error.message, retryable: error.retryable };
  }
  const message = error instanceof PlatformError || error instanceof TypeError ? error.message : 'The request failed.';
  return { name: 'TypeError', code: 'IA_PLUGIN_FAILED', message, retryable: false };
};

const scrubbed = (result: FetchResult, scrub: Scrub): FetchResult =>
  result.error === undefined ? result : { error: { ...result.error, message: scrub(result.error.message) } };
