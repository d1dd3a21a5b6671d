import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';

/** Where a message goes. */
export const targetFields = {
  webhook_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Incoming webhook, which is a secret: {{ secrets.NAME }}. Instead of token and channel.'),
  token: z.string().min(1).optional().describe('Token of a bot with chat:write; write it as {{ secrets.NAME }}.'),
  channel: z.string().min(1).max(200).optional().describe('Id or name of a channel; needed with a token.'),
  api_url: z
    .url({ protocol: /^https?$/ })
    .default('https://slack.com/api')
    .describe('Where the Web API is.'),
  timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('Of each request.'),
} as const;
export type TargetInput = Readonly<z.infer<z.ZodObject<typeof targetFields>>>;

export type Target =
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'bot'; readonly token: string; readonly channel: string };

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const targetOf = ({ webhook_url, token, channel }: TargetInput): Target => {
  if (webhook_url !== undefined && token === undefined) {
    if (channel === undefined) return { kind: 'webhook', url: webhook_url };
    throw refusedInput('An incoming webhook has a channel of its own.', 'Leave "channel" out, or use a token.');
  }
  if (webhook_url === undefined && token !== undefined && channel !== undefined) return { kind: 'bot', token, channel };
  throw refusedInput('It is not clear where the message goes.', 'Give "webhook_url", or "token" and "channel".');
};
