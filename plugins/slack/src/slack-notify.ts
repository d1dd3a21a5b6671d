import { defineHook, type JsonObject } from '@ia-modules/plugin-sdk';
import { type Notice, noticeOf } from '@ia-modules/run-notices';
import { z } from 'zod';
import { escapeText } from './escape-text.ts';
import { postMessage } from './post-message.ts';
import { targetFields } from './slack-target.ts';

const EMOJI = { good: ':white_check_mark:', bad: ':x:', neutral: ':information_source:' } as const;

export const slackNotify = defineHook({
  name: 'notify',
  title: 'Slack notification',
  description: 'Tells a channel what happens in a run.',
  config: z.strictObject({
    ...targetFields,
    text: z.string().min(1).max(10_000).optional().describe('Shown as it is, instead of what is said of the event.'),
  }),
  handle: async ({ event, config }, ctx) => {
    const message = config.text === undefined ? tell(noticeOf(event, ctx.task)) : { text: escapeText(config.text) };
    await postMessage(ctx, config, message);
  },
});

const tell = ({ headline, facts, tone }: Notice): JsonObject => {
  const lines = facts.map(([name, value]) => `*${escapeText(name)}*: ${escapeText(value)}`);
  return { text: [`${EMOJI[tone]} ${escapeText(headline)}`, ...lines].join('\n'), unfurl_links: false };
};
