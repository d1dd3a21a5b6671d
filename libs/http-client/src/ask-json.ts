import type { Json, PluginContext } from '@ia-modules/plugin-sdk';
import { exchange } from './exchange.ts';
import { parseJsonBody, readText } from './read-body.ts';
import { statusError } from './status-error.ts';

export type JsonQuestion = {
  /** @default GET, or POST with a body */
  readonly method?: string;
  readonly url: URL;
  readonly headers?: Headers;
  /** Sent as JSON. */
  readonly body?: Json | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly hasNoEffect?: boolean;
  /** What to do about a status that is no success. */
  readonly hintFor?: (status: number, body: string) => string | undefined;
};

/**
 * Sends JSON and reads JSON. It follows no redirects when it sends a body.
 * @throws PluginError `HttpStatusError` for all but 200 to 299, `HttpBodyError`, `NetworkError`
 */
export const askJson = async (ctx: PluginContext, question: JsonQuestion): Promise<Json> => {
  const { url, body, timeoutMs, maxBytes, hasNoEffect = false, hintFor } = question;
  const headers = new Headers(question.headers);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  if (body !== undefined) headers.set('content-type', 'application/json');
  const method = question.method ?? (body === undefined ? 'GET' : 'POST');
  const redirect = body === undefined ? 'follow' : 'manual';
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return await exchange(
    ctx,
    { method, url, headers, body: sent, redirect, timeoutMs, hasNoEffect },
    async (response) => {
      const text = await readText(response, maxBytes);
      if (response.ok) return parseJsonBody(text, url.host);
      const hint = hintFor?.(response.status, text);
      const known = hint === undefined ? {} : { hint };
      throw statusError({ method, url, response, body: text, now: ctx.clock.now(), ...known });
    },
  );
};
