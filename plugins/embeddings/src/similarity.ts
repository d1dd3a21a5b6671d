import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';

export const vectorInput = z.array(z.number()).min(1).max(16_384);

export const METRICS = ['cosine', 'dot', 'euclidean'] as const;
export const metricInput = z
  .enum(METRICS)
  .default('cosine')
  .describe('`cosine` from -1 to 1, `dot` product, or `euclidean`: 1 / (1 + distance). More is more similar.');
type Metric = (typeof METRICS)[number];

/** @throws PluginError `IA_PLUGIN_INPUT` for vectors of different lengths */
export const similarity = (a: readonly number[], b: readonly number[], metric: Metric): number => {
  if (a.length !== b.length) {
    throw refusedInput(
      `A vector has ${b.length} dimensions instead of ${a.length}.`,
      'Compare embeddings of one model.',
    );
  }
  switch (metric) {
    case 'cosine': {
      const lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
      return lengths === 0 ? 0 : Math.min(1, Math.max(-1, dot(a, b) / lengths));
    }
    case 'dot':
      return dot(a, b);
    default:
      return 1 / (1 + distance(a, b));
  }
};

const dot = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
};

const distance = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += ((a[index] ?? 0) - (b[index] ?? 0)) ** 2;
  return Math.sqrt(sum);
};
