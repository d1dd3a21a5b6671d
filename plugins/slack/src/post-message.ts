import type { JsonObject, PluginContext } from '@ia-modules/plugin-sdk';
import { callSlack, postToWebhook } from './slack-api.ts';
import { type TargetInput, targetOf } from './slack-target.ts';

/** Where a message was put; null behind a webhook, which does not tell. */
export type Posted = { readonly channel: string | null; readonly ts: string | null };

export const postMessage = async (ctx: PluginContext, input: TargetInput, message: JsonObject): Promise<Posted> => {
  const target = targetOf(input);
  const timeoutMs = input.timeout_ms;
  if (target.kind === 'webhook') {
    await postToWebhook(ctx, { url: target.url, body: message, timeoutMs });
    return { channel: null, ts: null };
  }
  const { token, channel } = target;
  const body = { channel, ...message };
  const answer = await callSlack(ctx, { apiUrl: input.api_url, token, method: 'chat.postMessage', body, timeoutMs });
  return { channel: textOf(answer['channel']), ts: textOf(answer['ts']) };
};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
