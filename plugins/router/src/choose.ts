import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { drawBeta } from './beta.ts';
import { createRandom } from './hash.ts';

const arm = z.strictObject({
  name: z.string().min(1).max(100).describe('What it is called.'),
  pulls: z.int().min(0).max(1_000_000_000).default(0).describe('How often it was taken so far.'),
  reward: z.number().min(0).default(0).describe('The sum of what that earned, 0 to 1 each time.'),
});
type Arm = z.output<typeof arm>;

const input = z.strictObject({
  arms: z.array(arm).min(1).max(100).describe('What there is to choose from, with what is known of it.'),
  algorithm: z
    .enum(['thompson', 'ucb1', 'epsilon_greedy'])
    .default('thompson')
    .describe(
      '`thompson` draws from what each arm may be worth, `ucb1` takes the one that may be worth most, `epsilon_greedy` the best one and now and then any.',
    ),
  epsilon: z.number().min(0).max(1).default(0.1).describe('How often `epsilon_greedy` takes any arm.'),
  exploration: z
    .number()
    .min(0)
    .max(10)
    .default(Math.SQRT2)
    .describe('How much `ucb1` is drawn to what it hardly knows.'),
  seed: z
    .string()
    .max(500)
    .optional()
    .describe('The same seed and arms choose alike. Left out: the task’s own, the same for each attempt.'),
});
type Settings = z.output<typeof input> & { readonly random: () => number };

type Score = { readonly name: string; readonly pulls: number; readonly mean: number | null; readonly score: number };
type Choice = { readonly scores: readonly Score[]; readonly chosen: Score; readonly reason: string };

export const choose = defineStep({
  name: 'choose',
  title: 'Choose an arm',
  description: 'Chooses one of several ways by what each of them earned so far, and says why.',
  input,
  output: z.object({
    arm: z.string().describe('The one to take.'),
    reason: z.string().describe('Why, for people.'),
    scores: z
      .array(
        z.object({
          name: z.string().describe('The arm.'),
          pulls: z.int().describe('How often it was taken.'),
          mean: z.number().nullable().describe('What it earned on average; null when it was never taken.'),
          score: z.number().describe('What was compared.'),
        }),
      )
      .describe('All arms, the highest score first.'),
  }),
  run: (settings, { idempotencyKey }) => {
    const { arms, algorithm } = settings;
    const twice = arms.find(({ name }, index) => arms.findIndex((other) => other.name === name) !== index);
    if (twice !== undefined) throw refusedInput(`Two arms are called "${twice.name}".`);
    const wrong = arms.find(({ pulls, reward }) => reward > pulls);
    if (wrong !== undefined) {
      throw refusedInput(
        `"${wrong.name}" earned more than its pulls allow.`,
        'Rewards lie between 0 and 1 for each pull.',
      );
    }
    const random = createRandom(settings.seed ?? idempotencyKey);
    const { chosen, reason, scores } = ALGORITHMS[algorithm]({ ...settings, random });
    const sorted = scores.toSorted((left, right) => right.score - left.score);
    return { arm: chosen.name, reason, scores: sorted };
  },
});

const meanOf = ({ pulls, reward }: Arm): number | null => (pulls === 0 ? null : reward / pulls);
const scored = (known: Arm, score: number): Score => ({
  name: known.name,
  pulls: known.pulls,
  mean: meanOf(known),
  score,
});
const bestOf = (scores: readonly Score[]): Score =>
  scores.reduce((best, score) => (score.score > best.score ? score : best));

const ALGORITHMS: Readonly<Record<Settings['algorithm'], (settings: Settings) => Choice>> = {
  thompson: ({ arms, random }) => {
    const scores = arms.map((known) =>
      scored(known, drawBeta(1 + known.reward, 1 + known.pulls - known.reward, random)),
    );
    const chosen = bestOf(scores);
    return { scores, chosen, reason: `${chosen.name} drew ${chosen.score.toFixed(3)}, the highest of all.` };
  },
  ucb1: ({ arms, exploration }) => {
    const total = arms.reduce((sum, { pulls }) => sum + pulls, 0);
    const scores = arms.map((known) => scored(known, upperBound(known, total, exploration)));
    const chosen = bestOf(scores);
    const reason =
      chosen.pulls === 0
        ? `${chosen.name} was never taken before.`
        : `${chosen.name} may be worth ${chosen.score.toFixed(3)}, the most of all.`;
    return { scores, chosen, reason };
  },
  epsilon_greedy: ({ arms, epsilon, random }) => {
    const scores = arms.map((known) => scored(known, meanOf(known) ?? 0));
    const untried = scores.find(({ pulls }) => pulls === 0);
    if (untried !== undefined) return { scores, chosen: untried, reason: `${untried.name} was never taken before.` };
    const best = bestOf(scores);
    if (random() >= epsilon) {
      return {
        scores,
        chosen: best,
        reason: `${best.name} earned ${best.score.toFixed(3)} on average, the most of all.`,
      };
    }
    const any = scores[Math.floor(random() * scores.length)] ?? best;
    return {
      scores,
      chosen: any,
      reason: `${any.name} was drawn to learn more: one choice in ${(1 / epsilon).toFixed(1)} is.`,
    };
  },
};

/** Of an arm that was never taken, more than any other can have, and still a number that JSON holds. */
const UNTRIED = 1_000_000;

const upperBound = (known: Arm, total: number, exploration: number): number => {
  const mean = meanOf(known);
  return mean === null ? UNTRIED : mean + exploration * Math.sqrt(Math.log(total) / known.pulls);
};
