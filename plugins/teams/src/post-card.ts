import { refusedInput } from '@ia-modules/bounded-work';
import { exchange, politely, readText, statusError, toHeaders, toUrl } from '@ia-modules/http-client';
import type { JsonObject, PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

/** What Teams takes in one message. */
const MAX_MESSAGE_BYTES = 28 * 1024;
const MAX_ANSWER_BYTES = 65_536;

export const targetFields = {
  webhook_url: z
    .url({ protocol: /^https?$/ })
    .describe('Address of a workflow that posts to a chat or channel; it is a secret: {{ secrets.NAME }}.'),
  timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('Of each request.'),
} as const;
type Target = Readonly<z.infer<z.ZodObject<typeof targetFields>>>;

/** @throws PluginError `IA_PLUGIN_INPUT` for a card that is too large, `HttpStatusError`, `NetworkError` */
export const postCard = async (ctx: PluginContext, target: Target, card: JsonObject): Promise<number> => {
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card };
  const body = JSON.stringify({ type: 'message', attachments: [attachment] });
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) {
    throw refusedInput(
      `A message to Teams has at most ${MAX_MESSAGE_BYTES} bytes.`,
      'Shorten the text, or link to it.',
    );
  }
  const url = toUrl(target.webhook_url);
  return await politely(ctx, async () => {
    const headers = toHeaders({ 'content-type': 'application/json' });
    const outgoing = { method: 'POST', url, headers, body, redirect: 'manual', timeoutMs: target.timeout_ms } as const;
    return await exchange(ctx, outgoing, async (response) => {
      const answer = await readText(response, MAX_ANSWER_BYTES);
      if (response.ok) return response.status;
      throw statusError({ method: 'POST', url, response, body: answer, now: ctx.clock.now() });
    });
  });
};
