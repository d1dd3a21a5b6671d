import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { embed } from './embed.ts';
import { modelFields } from './model-fields.ts';

const MAX_TEXTS = 10_000;
const MAX_TEXT_CHARS = 100_000;

export const embeddingsCreate = defineStep({
  name: 'create',
  title: 'Make embeddings',
  description: 'Makes an embedding of each text and tells what that used and cost.',
  input: z.strictObject({
    ...modelFields,
    texts: z
      .array(z.string().min(1).max(MAX_TEXT_CHARS))
      .min(1)
      .max(MAX_TEXTS)
      .describe('What embeddings are made of.'),
  }),
  output: z.object({
    embeddings: z.array(z.array(z.number())).describe('One for each text, in order.'),
    dimensions: z.int().describe('Numbers of each.'),
    model: z.string().describe('As the server named it.'),
    tokens: z.int().describe('Read.'),
    cost_usd: z.number().describe('Of these tokens.'),
  }),
  run: async ({ texts, ...model }, ctx) => {
    const { vectors, tokens, costUsd, model: named } = await embed(ctx, model, texts);
    const embeddings = vectors.map((vector) => [...vector]);
    return { embeddings, dimensions: vectors[0]?.length ?? 0, model: named, tokens, cost_usd: costUsd };
  },
});
