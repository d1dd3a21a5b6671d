import {
  askJson,
  exchange,
  politely,
  type QueryValue,
  readText,
  statusError,
  toHeaders,
  toUrl,
} from '@ia-modules/http-client';
import { type JsonObject, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_BYTES = 1024 * 1024;
const RETRYABLE: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'request_timeout',
  'service_unavailable',
]);

const apiAnswer = z.looseObject({ ok: z.boolean(), error: z.string().max(200).optional() });

export type ApiCall = {
  readonly apiUrl: string;
  readonly token: string;
  readonly method: string;
  /** Some methods take no JSON: then their arguments stand in the query. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: JsonObject;
  readonly timeoutMs: number;
};

/**
 * Calls a method of the Web API. It waits when Slack asks for that.
 * @throws PluginError `SlackError` with Slack's own code in its details
 */
export const callSlack = (ctx: PluginContext, call: ApiCall): Promise<Readonly<Record<string, unknown>>> =>
  politely(ctx, async () => {
    const { apiUrl, token, method, query, body, timeoutMs } = call;
    const url = toUrl(`${apiUrl.replace(/\/$/, '')}/${method}`, query);
    const headers = toHeaders({ authorization: `Bearer ${token}` });
    const answer = apiAnswer.safeParse(await askJson(ctx, { url, headers, body, timeoutMs, maxBytes: MAX_BYTES }));
    if (answer.success && answer.data.ok) return answer.data;
    throw slackError(method, answer.data?.error ?? 'unknown_answer');
  });

/** Sends a message to an incoming webhook, which answers with a text. */
export const postToWebhook = (
  ctx: PluginContext,
  { url: text, body, timeoutMs }: { readonly url: string; readonly body: JsonObject; readonly timeoutMs: number },
): Promise<void> =>
  politely(ctx, async () => {
    const url = toUrl(text);
    const headers = toHeaders({ 'content-type': 'application/json' });
    const outgoing = {
      method: 'POST',
      url,
      headers,
      body: JSON.stringify(body),
      redirect: 'manual',
      timeoutMs,
    } as const;
    await exchange(ctx, outgoing, async (response) => {
      const answer = await readText(response, MAX_BYTES);
      if (response.ok) return;
      const hint = `Slack says: ${answer.slice(0, 100)}`;
      throw statusError({ method: 'POST', url, response, body: answer, now: ctx.clock.now(), hint });
    });
  });

const slackError = (method: string, error: string): PluginError =>
  new PluginError({
    name: 'SlackError',
    message: `Slack refused ${method}: ${error}`,
    hint: `Its meaning stands at https://docs.slack.dev/reference/methods/${method}`,
    retryable: RETRYABLE.has(error),
    details: { error },
  });
