import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askAbout } from './ask-about.ts';
import { modelFields } from './model-fields.ts';

const SCHEMA = {
  type: 'object',
  properties: { reason: { type: 'string' }, holds: { type: 'boolean' } },
  required: ['reason', 'holds'],
  additionalProperties: false,
};

const verdict = z.object({ reason: z.string(), holds: z.boolean() });

export const llmJudge = defineCondition({
  name: 'judge',
  title: 'A model judges',
  description: 'Holds when a language model answers a question about a text with yes.',
  config: z.strictObject({
    ...modelFields,
    question: z.string().min(1).max(20_000).describe('What must be true of the text.'),
    text: z
      .string()
      .max(2_000_000)
      .optional()
      .describe('What is judged. Left out, the output of the step that the transition leaves, as JSON.'),
  }),
  evaluate: async ({ config: { question, text, ...model }, step }, ctx) => {
    const task = `Judge whether this holds of the text: ${question}`;
    const judged = text ?? JSON.stringify(step.output);
    const { json } = await askAbout(ctx, model, { task, text: judged, name: 'verdict', schema: SCHEMA });
    const { holds, reason } = verdict.parse(json);
    ctx.logger.info(`${holds ? 'Holds' : 'Does not hold'}: ${reason}`);
    return holds;
  },
});
