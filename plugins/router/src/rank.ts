import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const criterion = z.strictObject({
  weight: z.number().min(0).max(1_000_000).default(1).describe('How much it counts.'),
  better: z.enum(['higher', 'lower']).default('higher').describe('Which values are better.'),
});
type Criterion = z.output<typeof criterion>;

const option = z.strictObject({
  name: z.string().min(1).max(200).describe('What it is called.'),
  values: z
    .record(z.string(), z.number())
    .describe('Its value by criterion; a missing one counts as the worst of all.'),
});
type Option = z.output<typeof option>;

export const rank = defineStep({
  name: 'rank',
  title: 'Rank options',
  description: 'Orders options by several weighted criteria, each scaled from the worst of its values to the best.',
  input: z.strictObject({
    options: z.array(option).min(1).max(1_000).describe('What is ranked.'),
    criteria: z
      .record(z.string().min(1).max(100), criterion)
      .describe('What counts: `{"price": {"better": "lower"}, "quality": {"weight": 3}}`.'),
  }),
  output: z.object({
    best: z.string().describe('The first one.'),
    ranking: z
      .array(
        z.object({
          name: z.string().describe('The option.'),
          score: z.number().describe('From 0, the worst in all, to 1, the best in all.'),
          parts: z.record(z.string(), z.number()).describe('What each criterion adds to the score.'),
        }),
      )
      .describe('All of them, the best first; those with the same score in their order.'),
  }),
  run: ({ options, criteria }) => {
    const wanted = Object.entries(criteria);
    const total = wanted.reduce((sum, [, { weight }]) => sum + weight, 0);
    if (wanted.length > 50 || total === 0)
      throw refusedInput('Name 1 to 50 criteria, one at least with a weight above 0.');
    const scales = wanted.map(([name, init]) => ({
      name,
      share: init.weight / total,
      scale: scaleOf(options, name, init),
    }));
    const ranking = options
      .map(({ name, values }) => {
        const parts = scales.map(({ name: by, share, scale }) => [by, share * scale(values[by])] as const);
        return { name, score: parts.reduce((sum, [, part]) => sum + part, 0), parts: Object.fromEntries(parts) };
      })
      .toSorted((left, right) => right.score - left.score);
    return { best: ranking[0]?.name ?? '', ranking };
  },
});

const scaleOf = (options: readonly Option[], name: string, { better }: Criterion) => {
  const values = options.flatMap(({ values: known }) => known[name] ?? []);
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  return (value: number | undefined): number => {
    if (value === undefined) return 0;
    if (most === least) return 1;
    const place = (value - least) / (most - least);
    return better === 'higher' ? place : 1 - place;
  };
};
