import { exchange, statusError, toHeaders, toUrl, withRetries } from '@ia-modules/http-client';
import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import type { z } from 'zod';
import { authorize, canRenew, mayFollow } from './auth.ts';
import type { EncodedBody } from './body.ts';
import type { requestFields, retryInput } from './request-fields.ts';

type Fields = Readonly<z.infer<z.ZodObject<typeof requestFields>>>;

export type Sending = Fields & { readonly method: string; readonly encoded?: EncodedBody };

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Reads a response whose status was wanted, and one whose status was not: then it gives text for the error. */
export type Reading<T> = {
  readonly read: (response: Response) => Promise<T>;
  readonly readRefusal: (response: Response) => Promise<string>;
};

/** Sends one request as its fields ask: with credentials, and again where that is safe. */
export const send = async <T>(ctx: PluginContext, sending: Sending, reading: Reading<T>): Promise<T> => {
  const once = (): Promise<T> => sendRenewed(ctx, sending, reading);
  if (sending.retry === undefined) return await once();
  const { max_attempts: maxAttempts, delay_ms: delayMs, max_delay_ms: maxDelayMs } = sending.retry;
  const isRetryable = retryRule(sending, sending.retry);
  return await withRetries(ctx, { maxAttempts, delayMs, maxDelayMs, isRetryable }, once);
};

/** Says what may be sent again: what the server may have done only when doing it twice is the same. */
const retryRule = ({ method, headers }: Sending, { idempotent, statuses }: z.infer<typeof retryInput>) => {
  const hasKey = Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key');
  const isRepeatable = IDEMPOTENT_METHODS.has(method) || hasKey || idempotent;
  return (error: PluginError): boolean => {
    const status = error.details?.['status'];
    if (typeof status === 'number') return statuses.includes(status) && (isRepeatable || status === 429);
    return error.retryable && (isRepeatable || error.details?.['outcome'] !== 'unknown');
  };
};

/** A token may have been taken back before its time: then a new one gets one try. */
const sendRenewed = async <T>(ctx: PluginContext, sending: Sending, reading: Reading<T>): Promise<T> => {
  try {
    return await sendOnce(ctx, sending, reading);
  } catch (error) {
    const isRefused = error instanceof PluginError && error.details?.['status'] === 401;
    if (!isRefused || !canRenew(ctx, sending.auth)) throw error;
    return await sendOnce(ctx, sending, reading);
  }
};

const sendOnce = async <T>(ctx: PluginContext, sending: Sending, { read, readRefusal }: Reading<T>): Promise<T> => {
  const { method, auth, encoded, timeout_ms: timeoutMs } = sending;
  const url = toUrl(sending.url, sending.query);
  const headers = toHeaders(sending.headers);
  if (encoded?.contentType !== undefined && !headers.has('content-type')) {
    headers.set('content-type', encoded.contentType);
  }
  await authorize(ctx, auth, { url, headers });
  const follows = sending.follow_redirects && mayFollow(auth);
  const redirect = follows ? 'follow' : 'manual';
  return await exchange(ctx, { method, url, headers, body: encoded?.body, redirect, timeoutMs }, async (response) => {
    if (isWanted(response, sending)) return await read(response);
    throw statusError({ method, url, response, body: await readRefusal(response), now: ctx.clock.now() });
  });
};

const isWanted = ({ ok, status }: Response, { expect_status, follow_redirects }: Sending): boolean => {
  if (expect_status !== undefined) return [expect_status].flat().includes(status);
  return ok || (!follow_redirects && status >= 300 && status < 400);
};
