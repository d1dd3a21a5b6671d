import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askAbout } from './ask-about.ts';
import { modelFields, workOutput } from './model-fields.ts';
import { workOf } from './work-of.ts';

const label = z.strictObject({
  name: z.string().min(1).max(200).describe('Of the class.'),
  description: z.string().max(2_000).default('').describe('What belongs to it.'),
});

const answer = z.object({ labels: z.array(z.string()), reason: z.string() });

export const llmClassify = defineStep({
  name: 'classify',
  title: 'Classify a text',
  description: 'Puts a text into one of several classes, or into all that fit.',
  input: z.strictObject({
    ...modelFields,
    text: z.string().min(1).max(2_000_000).describe('What is put into classes.'),
    labels: z.array(label).min(2).max(100).describe('The classes.'),
    multiple: z.boolean().default(false).describe('Whether a text may belong to several classes, or to none.'),
    instructions: z.string().max(20_000).default('').describe('What to mind.'),
  }),
  output: z.object({
    label: z.string().nullable().describe('The class; of several the one that fits best, null for none.'),
    labels: z.array(z.string()).describe('All classes that fit.'),
    reason: z.string().describe('Why, in the model’s words.'),
    ...workOutput,
  }),
  run: async ({ text, labels, multiple, instructions, ...model }, ctx) => {
    const names = labels.map(({ name }) => name);
    if (new Set(names).size < names.length) throw refusedInput('Two classes have the same name.');
    const list = labels.map(({ name, description }) => `- ${name}: ${description}`).join('\n');
    const wanted = multiple ? 'all classes that fit, the best first' : 'the one class that fits best';
    const task = `Classify the text. Name ${wanted}:\n${list}\n${instructions}`.trimEnd();
    const schema = {
      type: 'object',
      properties: {
        reason: { type: 'string' },
        labels: {
          type: 'array',
          items: { enum: names },
          minItems: multiple ? 0 : 1,
          maxItems: multiple ? names.length : 1,
        },
      },
      required: ['reason', 'labels'],
      additionalProperties: false,
    };
    const classified = await askAbout(ctx, model, { task, text, name: 'classification', schema });
    const found = answer.parse(classified.json);
    return { label: found.labels[0] ?? null, ...found, ...workOf(classified) };
  },
});
