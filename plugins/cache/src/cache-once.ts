import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey, ttlMs } from './cache-key.ts';

export const cacheOnce = defineStep({
  name: 'once',
  title: 'Only once',
  description:
    'Tells whether this step is the first that asks for a key, of all runs within its time: to leave out what was done already. A retry of the first one is the first one too.',
  input: z.strictObject({ ...keyFields, ttl_ms: ttlMs }),
  output: z.object({ first: z.boolean().describe('True for the first that asks, and for its retries.') }),
  run: async (input, ctx) => {
    const { store } = trusted(ctx);
    const key = `once:${storedKey(input)}`;
    const owner = ctx.idempotencyKey;
    const options = input.ttl_ms === undefined ? {} : { ttlMs: input.ttl_ms };
    const first = await store.set(key, owner, { onlyIfAbsent: true, ...options });
    return { first: first || (await store.get(key)) === owner };
  },
});
