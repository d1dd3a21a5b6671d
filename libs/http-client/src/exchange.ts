import { networkError, PlatformError, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { maybeDone } from './maybe-done.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a request asks of the network. Use `toUrl` and `toHeaders`, whose errors quote no value. */
export type Outgoing = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: NonNullable<RequestInit['body']> | undefined;
  readonly redirect?: 'follow' | 'manual';
  /** Of the whole exchange: connecting, waiting and reading. */
  readonly timeoutMs: number;
  /** Whether doing it twice is as good as once, whatever the method says. @default false */
  readonly hasNoEffect?: boolean;
};

/**
 * Sends a request and reads its answer. Unsafe methods carry the task's idempotency key, unless the request has one of its own.
 *
 * @param read reads the body while the time runs; what the network does to it meanwhile counts as the request's failure
 * @throws PluginError `NetworkError`, retryable; of an unsafe request that may have arrived it says that the outcome is unknown
 */
export const exchange = async <T>(
  ctx: PluginContext,
  outgoing: Outgoing,
  read: (response: Response) => Promise<T>,
): Promise<T> => {
  const { method, url, headers, body, redirect = 'follow', timeoutMs, hasNoEffect = false } = outgoing;
  const isSafe = SAFE_METHODS.has(method);
  if (!isSafe && !headers.has('idempotency-key')) headers.set('idempotency-key', ctx.idempotencyKey);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([ctx.signal, timeout]);
  try {
    const response = await ctx.fetch(url, {
      method,
      headers,
      redirect,
      signal,
      ...(body === undefined ? {} : { body }),
    });
    try {
      return await read(response);
    } finally {
      await discard(response);
    }
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    const failure = toFailure(error, { url, timeoutMs, isLate: timeout.aborted });
    throw isSafe || hasNoEffect || !(failure instanceof PluginError) ? failure : maybeDone(failure);
  }
};

/** Lets go of a connection whose body nobody reads to its end. */
const discard = async ({ body }: Response): Promise<void> => {
  if (body !== null && !body.locked) await body.cancel().catch(() => undefined);
};

type Sending = { readonly url: URL; readonly timeoutMs: number; readonly isLate: boolean };

const toFailure = (error: unknown, { url, timeoutMs, isLate }: Sending): unknown => {
  if (isLate) return networkError(`${url.host} did not answer within ${timeoutMs} ms.`, error);
  if (error instanceof PlatformError) return error;
  return networkError(`The request to ${url.host} failed: ${causeOf(error)}.`, error);
};

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown reason';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
};
