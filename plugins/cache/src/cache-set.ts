import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey, ttlMs } from './cache-key.ts';

export const cacheSet = defineStep({
  name: 'set',
  title: 'Keep a value',
  description: 'Keeps a JSON value for later steps and runs of the tenant.',
  input: z.strictObject({
    ...keyFields,
    value: z.custom<Json>().describe('Any JSON, at most 256 KiB as text.'),
    ttl_ms: ttlMs,
    only_if_absent: z.boolean().default(false).describe('Leaves a value that is there as it is.'),
  }),
  output: z.object({ stored: z.boolean().describe('False when a value was there and was left as it is.') }),
  run: async (input, ctx) => {
    const stored = await trusted(ctx).store.set(storedKey(input), JSON.stringify(input.value ?? null), {
      onlyIfAbsent: input.only_if_absent,
      ...(input.ttl_ms === undefined ? {} : { ttlMs: input.ttl_ms }),
    });
    return { stored };
  },
});
