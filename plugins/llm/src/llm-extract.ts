import { defineStep, type Json, type JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askAbout } from './ask-about.ts';
import { modelFields, workOutput } from './model-fields.ts';
import { workOf } from './work-of.ts';

const TASK = 'Extract what the schema describes from the text. Take only what stands there; invent nothing.';

export const llmExtract = defineStep({
  name: 'extract',
  title: 'Extract data',
  description: 'Takes data out of a text, as JSON that fits a schema.',
  input: z.strictObject({
    ...modelFields,
    text: z.string().min(1).max(2_000_000).describe('Where the data is.'),
    schema: z.custom<JsonObject>().describe('JSON Schema (2020-12) of the data; an object at its root.'),
    instructions: z.string().max(20_000).default('').describe('What to mind.'),
  }),
  output: z.object({ data: z.custom<Json>().describe('Fits the schema.'), ...workOutput }),
  run: async ({ text, schema, instructions, ...model }, ctx) => {
    const task = `${TASK}\n${instructions}`.trimEnd();
    const extracted = await askAbout(ctx, model, { task, text, name: 'extracted', schema });
    return { data: extracted.json, ...workOf(extracted) };
  },
});
