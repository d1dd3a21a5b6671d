import { defineCondition } from '@ia-modules/plugin-sdk';

/** The text below a field of a step's output; undefined when there is none. */
export const textIn = (output: unknown, field: string): string | undefined => {
  const text: unknown = typeof output === 'object' && output !== null ? Reflect.get(output, field) : undefined;
  return typeof text === 'string' ? text : undefined;
};

export const isEasy = defineCondition({
  name: 'is_easy',
  title: 'Is easy to read',
  description: 'Holds when a text in the output of the step is at least as easy to read as asked for.',
  config: {
    type: 'object',
    properties: {
      field: { type: 'string', minLength: 1, default: 'text', description: 'Which field of the output is the text.' },
      min_ease: { type: 'number', default: 60, description: 'From 0, hard, to 100, easy.' },
    },
    additionalProperties: false,
  },
  evaluate: async ({ config, step }, ctx) => {
    const text = textIn(step.output, config.field);
    if (step.status !== 'succeeded' || text === undefined) return false;
    const measured = (await ctx.plugins.call('@community/readability#analyze', { text })) as {
      readonly flesch_reading_ease: number | null;
    };
    return (measured.flesch_reading_ease ?? -Infinity) >= config.min_ease;
  },
});
