import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey, ttlMs } from './cache-key.ts';

export const cacheIncrement = defineStep({
  name: 'increment',
  title: 'Count',
  description:
    'Adds to a number, from 0, in one go whatever other runs do meanwhile. The time of a number that is there stays as it is.',
  input: z.strictObject({
    ...keyFields,
    by: z.number().default(1).describe('What is added; negative to subtract.'),
    ttl_ms: ttlMs,
  }),
  output: z.object({ value: z.number().describe('The number after it.') }),
  run: async (input, ctx) => {
    const options = input.ttl_ms === undefined ? {} : { ttlMs: input.ttl_ms };
    return { value: await trusted(ctx).store.add(storedKey(input), input.by, options) };
  },
});
