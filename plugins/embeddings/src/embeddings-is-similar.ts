import { refusedInput } from '@ia-modules/bounded-work';
import { defineCondition, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { embed } from './embed.ts';
import { modelFields } from './model-fields.ts';
import { metricInput, similarity, vectorInput } from './similarity.ts';

const text = z.string().min(1).max(100_000);

const isSimilarConfig = z.strictObject({
  ...modelFields,
  model: modelFields.model.optional().describe('Name of the model; needed for texts.'),
  texts: z.tuple([text, text]).optional().describe('Two texts; their embeddings are made and compared.'),
  vectors: z.tuple([vectorInput, vectorInput]).optional().describe('Two embeddings, instead of texts.'),
  min_score: z.number().default(0.8).describe('How similar they must be.'),
  metric: metricInput,
});
type Config = z.infer<typeof isSimilarConfig>;

export const embeddingsIsSimilar = defineCondition({
  name: 'is_similar',
  title: 'Is similar',
  description: 'Holds when two texts, or two vectors, are similar enough.',
  config: isSimilarConfig,
  evaluate: async ({ config }, ctx) => {
    const [a, b] = await vectorsOf(ctx, config);
    const score = similarity(a, b, config.metric);
    ctx.logger.info(`The score is ${score.toFixed(4)}.`);
    return score >= config.min_score;
  },
});

type Pair = readonly [readonly number[], readonly number[]];

const vectorsOf = async (ctx: PluginContext, { vectors, texts, model, ...rest }: Config): Promise<Pair> => {
  if (vectors !== undefined && texts === undefined) return vectors;
  if (vectors !== undefined || texts === undefined || model === undefined) {
    throw refusedInput('It is not clear what is compared.', 'Give "vectors", or "texts" and "model".');
  }
  const { vectors: made } = await embed(ctx, { ...rest, model }, texts);
  return [made[0] ?? [], made[1] ?? []];
};
