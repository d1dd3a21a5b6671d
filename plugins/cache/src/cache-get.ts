import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey } from './cache-key.ts';
import { readStored } from './stored-value.ts';

export const cacheGet = defineStep({
  name: 'get',
  title: 'Read a cached value',
  description: 'Reads a value that this or another run of the tenant has kept.',
  input: z.strictObject({
    ...keyFields,
    default: z.custom<Json>().optional().describe('What comes out when there is none. Left out, it is null.'),
  }),
  output: z.object({
    found: z.boolean().describe('Whether there was a value.'),
    value: z.custom<Json>().describe('The value, or the default.'),
  }),
  run: async (input, ctx) => {
    const text = await trusted(ctx).store.get(storedKey(input));
    if (text === undefined) return { found: false, value: input.default ?? null };
    return { found: true, value: readStored(text, input.key) };
  },
});
