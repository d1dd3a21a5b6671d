import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { metricInput, similarity, vectorInput } from './similarity.ts';

const MAX_CANDIDATES = 20_000;

export const embeddingsSimilar = defineStep({
  name: 'similar',
  title: 'Find similar',
  description: 'Finds those of the given vectors that are most similar to one.',
  input: z.strictObject({
    query: vectorInput.describe('What others are compared with.'),
    candidates: z
      .array(
        z.strictObject({
          id: z.string().min(1).max(500).describe('Names it in the result.'),
          embedding: vectorInput.describe('As long as the query.'),
          data: z.custom<Json>().optional().describe('Handed on to the result.'),
        }),
      )
      .max(MAX_CANDIDATES)
      .describe('What is searched.'),
    top_k: z.int().min(1).max(1_000).default(10).describe('Most matches.'),
    min_score: z.number().optional().describe('Least score of a match.'),
    metric: metricInput,
  }),
  output: z.object({
    matches: z
      .array(
        z.object({
          id: z.string().describe('Of the candidate.'),
          score: z.number().describe('How similar it is.'),
          data: z.custom<Json>().describe('As given; null when nothing was.'),
        }),
      )
      .describe('The most similar first; equal ones as they were given.'),
  }),
  run: ({ query, candidates, top_k, min_score = -Infinity, metric }) => {
    if (query.every((number) => number === 0))
      throw refusedInput('The query is a vector of zeros, which is similar to nothing.');
    const matches = candidates
      .map(({ id, embedding, data = null }) => ({ id, score: similarity(query, embedding, metric), data }))
      .filter(({ score }) => score >= min_score)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, top_k);
    return { matches };
  },
});
