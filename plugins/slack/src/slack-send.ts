import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep, type JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { escapeText } from './escape-text.ts';
import { postMessage } from './post-message.ts';
import { targetFields } from './slack-target.ts';

const MAX_TEXT_CHARS = 40_000;
const MAX_BLOCKS = 50;

const sendInput = z.strictObject({
  ...targetFields,
  text: z.string().min(1).max(MAX_TEXT_CHARS).optional().describe('The message; with blocks, what notifications show.'),
  format: z
    .enum(['plain', 'mrkdwn'])
    .default('plain')
    .describe('`plain` shows the text as it is; `mrkdwn` lets it mention people and hold links.'),
  blocks: z.array(z.custom<JsonObject>()).max(MAX_BLOCKS).optional().describe('Block Kit; sent as it is.'),
  thread_ts: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional()
    .describe('`ts` of the message that this one answers.'),
  reply_broadcast: z.boolean().default(false).describe('Whether an answer in a thread shows in the channel too.'),
  unfurl_links: z.boolean().default(false).describe('Whether links get a preview.'),
});
type Send = z.infer<typeof sendInput>;

export const slackSend = defineStep({
  name: 'send',
  title: 'Slack message',
  description: 'Sends a message to Slack, by an incoming webhook or as a bot.',
  input: sendInput,
  output: z.object({
    channel: z.string().nullable().describe('Id of the channel; null behind a webhook.'),
    ts: z.string().nullable().describe('Names the message, for answers to it; null behind a webhook.'),
  }),
  run: (input, ctx) => postMessage(ctx, input, messageOf(input)),
});

const messageOf = ({ text, format, blocks, thread_ts, reply_broadcast, unfurl_links }: Send): JsonObject => {
  if (text === undefined && blocks === undefined)
    throw refusedInput('The message is empty.', 'Give "text" or "blocks".');
  return {
    ...(text === undefined ? {} : { text: format === 'plain' ? escapeText(text) : text }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(thread_ts === undefined ? {} : { thread_ts, reply_broadcast }),
    unfurl_links,
  };
};
