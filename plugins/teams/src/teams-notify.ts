import { defineHook } from '@ia-modules/plugin-sdk';
import { noticeOf } from '@ia-modules/run-notices';
import { z } from 'zod';
import { postCard, targetFields } from './post-card.ts';
import { cardOf } from './teams-card.ts';

export const teamsNotify = defineHook({
  name: 'notify',
  title: 'Teams notification',
  description: 'Tells a chat or channel what happens in a run.',
  config: z.strictObject({
    ...targetFields,
    text: z.string().min(1).max(10_000).optional().describe('Shown as it is, instead of what is said of the event.'),
  }),
  handle: async ({ event, config }, ctx) => {
    const { headline, facts, tone } = noticeOf(event, ctx.task);
    const card = cardOf(
      config.text === undefined
        ? { title: headline, facts, links: [], isMarkdown: false, tone }
        : { text: config.text, facts: [], links: [], isMarkdown: false, tone },
    );
    await postCard(ctx, config, card);
  },
});
