import { overLimit, refusedInput } from '@ia-modules/bounded-work';
import { defineStep, defineTransform, type Json, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { MAX_TEXT_CHARS, parseShape } from './csv-options.ts';
import { parseText } from './parse-text.ts';
import { decodeText, encodingName } from './text-encoding.ts';

const INFO = { name: 'parse', title: 'Read CSV', description: 'Reads CSV text as a list of rows.' } as const;

const blobReference = z.object({
  blob: z.string().describe('Its name.'),
  sizeBytes: z.number().describe('Its size.'),
  contentType: z.string().describe('Its media type.'),
});

const source = z.strictObject({
  text: z.string().max(MAX_TEXT_CHARS).optional().describe('The CSV as text.'),
  base64: z.string().max(MAX_TEXT_CHARS).optional().describe('Or its bytes, in base64.'),
  blob: blobReference.optional().describe('Or its bytes, as another step has kept them.'),
  encoding: z
    .union([encodingName, z.literal('auto')])
    .default('auto')
    .describe(
      'Of the bytes: `utf-8`, `latin1` (as Windows-1252), `utf-16le` or `utf-16be`. `auto` goes by the byte order mark, else UTF-8.',
    ),
});

export const parseStep = defineStep({
  ...INFO,
  input: source.extend(parseShape),
  output: z.object({
    rows: z
      .array(z.custom<Json>())
      .describe('One object a row, by the names of the columns; lists when they have no names.'),
    columns: z.array(z.string()).describe('The names of the columns; none without headers.'),
    row_count: z.int().describe('How many rows there are.'),
    errors: z
      .array(z.object({ line: z.int().describe('From 1.'), message: z.string().describe('What is wrong.') }))
      .describe('The rows that were left out, with `on_bad_row: collect`.'),
  }),
  run: async (input, ctx) => {
    const { rows, columns, errors } = await parseText(await readText(input, ctx), input, ctx);
    return { rows, columns: [...columns], row_count: rows.length, errors };
  },
});

export const parseTransform = defineTransform({
  ...INFO,
  config: z.strictObject(parseShape),
  transform: async ({ value, config }, ctx) => {
    if (typeof value !== 'string') throw refusedInput('What is read as CSV has to be a text.');
    return (await parseText(value, config, ctx)).rows;
  },
});

const readText = async (input: z.output<typeof source>, ctx: PluginContext): Promise<string> => {
  const { text, base64, blob, encoding } = input;
  const given = [text, base64, blob].filter((one) => one !== undefined).length;
  if (given !== 1) throw refusedInput('One of text, base64 and blob has to be given.');
  if (text !== undefined) return text;
  if (blob === undefined) return decodeText(Buffer.from(base64 ?? '', 'base64'), encoding);
  if (blob.sizeBytes > MAX_TEXT_CHARS) throw overLimit(`CSV may have ${MAX_TEXT_CHARS} bytes.`);
  return decodeText(await ctx.blobs.get(blob), encoding);
};
