import { defineStep, defineTransform, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { formatShape } from './csv-options.ts';
import { formatRows } from './format-rows.ts';
import { encodeText, encodingName } from './text-encoding.ts';

const INFO = {
  name: 'format',
  title: 'Write CSV',
  description: 'Writes a list of objects or lists as CSV text.',
} as const;

export const formatStep = defineStep({
  ...INFO,
  input: z.strictObject({
    rows: z
      .array(z.custom<Json>())
      .describe('Objects, or lists; what is no text, number or boolean is written as JSON.'),
    ...formatShape,
    as: z
      .enum(['text', 'base64', 'blob'])
      .default('text')
      .describe('How the CSV is given: as text, as bytes in base64, or kept beside the run.'),
    encoding: encodingName.default('utf-8').describe('Of the bytes: `utf-8`, `latin1`, `utf-16le` or `utf-16be`.'),
  }),
  output: z.object({
    text: z.string().optional().describe('With `as: text`.'),
    base64: z.string().optional().describe('With `as: base64`.'),
    blob: z.custom<Json>().optional().describe('With `as: blob`, a reference for later steps.'),
    row_count: z.int().describe('How many rows were written.'),
  }),
  run: async ({ rows, as, encoding, ...options }, ctx) => {
    const text = await formatRows(rows, options, ctx);
    const row_count = rows.length;
    if (as === 'text') return { text, row_count };
    const bytes = encodeText(text, encoding);
    if (as === 'base64') return { base64: Buffer.from(bytes).toString('base64'), row_count };
    const contentType = `text/csv; charset=${encoding}`;
    return { blob: { ...(await ctx.blobs.put(bytes, { contentType })) }, row_count };
  },
});

export const formatTransform = defineTransform({
  ...INFO,
  config: z.strictObject(formatShape),
  transform: ({ value, config }, ctx) => formatRows(value, config, ctx),
});
