import { refusedInput } from '@ia-modules/bounded-work';
import { type ConditionCall, defineCondition, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { fractionOf } from './hash.ts';

const key = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .describe(
    'What is decided for: the same key gets the same answer, in every run. Left out, each run decides once for each step.',
  );
const seed = z.string().max(200).default('').describe('Tells decisions apart that have the same keys.');

type Keyed = { readonly key?: string | undefined; readonly seed: string };

/** All transitions of a step see the same number: of several arms, exactly one is theirs. */
const drawFor = ({ config, step }: ConditionCall<Keyed>, { task }: PluginContext): number =>
  config.key === undefined ? fractionOf(config.seed, task.runId, step.id) : fractionOf(config.seed, config.key);

export const chance = defineCondition({
  name: 'chance',
  title: 'By chance',
  description: 'Holds with a probability; the same key always gets the same answer.',
  config: z.strictObject({ probability: z.number().min(0).max(1).describe('0 never holds, 1 always.'), key, seed }),
  evaluate: (call, ctx) => drawFor(call, ctx) < call.config.probability,
});

export const weighted = defineCondition({
  name: 'weighted',
  title: 'One of several arms',
  description:
    'Holds for one of several arms, chosen by their weights: write it at one transition for each arm, with the same arms at all.',
  config: z.strictObject({
    arms: z
      .record(z.string().min(1).max(100), z.number().min(0).max(1_000_000))
      .describe('Weights by arm: `{"old": 90, "new": 10}`. Their order does not matter.'),
    arm: z.string().min(1).max(100).describe('The arm that this transition is.'),
    key,
    seed,
  }),
  evaluate: (call, ctx) => {
    const { arms, arm } = call.config;
    if (!Object.hasOwn(arms, arm))
      throw refusedInput(`"${arm}" is none of the arms.`, `There are: ${Object.keys(arms).join(', ')}.`);
    return armAt(arms, drawFor(call, ctx)) === arm;
  },
});

const armAt = (arms: Readonly<Record<string, number>>, draw: number): string => {
  const entries = Object.entries(arms)
    .filter(([, weight]) => weight > 0)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) throw refusedInput('One of the arms at least needs a weight above 0.');
  let rest = draw * total;
  for (const [name, weight] of entries) {
    rest -= weight;
    if (rest < 0) return name;
  }
  return entries.at(-1)?.[0] ?? '';
};

export const canary = defineCondition({
  name: 'canary',
  title: 'Canary share',
  description: 'Holds for a share of all keys; who is in stays in while the share grows.',
  config: z.strictObject({
    percent: z.number().min(0).max(100).describe('The share, from 0 to 100.'),
    key: key.unwrap().describe('Whom it is about: a customer’s id, an e-mail address …'),
    seed,
    always: z.array(z.string().max(500)).max(1_000).default([]).describe('Keys that are in whatever the share is.'),
    never: z
      .array(z.string().max(500))
      .max(1_000)
      .default([])
      .describe('Keys that are out, also of those that are always in.'),
  }),
  evaluate: ({ config }) => {
    if (config.never.includes(config.key)) return false;
    return config.always.includes(config.key) || fractionOf(config.seed, config.key) * 100 < config.percent;
  },
});
