import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep, type JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { postCard, targetFields } from './post-card.ts';
import { cardOf } from './teams-card.ts';

const sendInput = z.strictObject({
  ...targetFields,
  title: z.string().min(1).max(500).optional().describe('First line, in bold.'),
  text: z.string().min(1).max(20_000).optional().describe('The message.'),
  format: z
    .enum(['plain', 'markdown'])
    .default('plain')
    .describe('`plain` shows the text as it is; `markdown` lets it hold links and emphasis.'),
  facts: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200).describe('What it is.'),
        value: z.string().max(2_000).describe('Shown behind the name.'),
      }),
    )
    .max(50)
    .default([])
    .describe('Names and values below the text.'),
  links: z
    .array(
      z.strictObject({
        title: z.string().min(1).max(200).describe('On the button.'),
        url: z.url({ protocol: /^https?$/ }).describe('Where it leads.'),
      }),
    )
    .max(6)
    .default([])
    .describe('Buttons at the end.'),
  tone: z.enum(['good', 'bad', 'neutral']).default('neutral').describe('Color of the title.'),
  card: z.custom<JsonObject>().optional().describe('An Adaptive Card to send as it is, instead of all of the above.'),
});
type Send = z.infer<typeof sendInput>;

export const teamsSend = defineStep({
  name: 'send',
  title: 'Teams message',
  description: 'Sends a message to Microsoft Teams as an Adaptive Card, by a workflow’s webhook.',
  input: sendInput,
  output: z.object({ status: z.int().describe('HTTP status that the workflow answered with.') }),
  run: async (input, ctx) => ({ status: await postCard(ctx, input, input.card ?? composed(input)) }),
});

const composed = ({ title, text, format, facts, links, tone }: Send): JsonObject => {
  if (title === undefined && text === undefined) {
    throw refusedInput('The message is empty.', 'Give "title", "text" or a "card".');
  }
  const pairs = facts.map(({ name, value }) => [name, value] as const);
  return cardOf({ title, text, isMarkdown: format === 'markdown', facts: pairs, links, tone });
};
