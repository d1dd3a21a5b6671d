import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { keyField, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisIncrement = defineStep({
  name: 'increment',
  title: 'Count',
  description: 'Adds to a whole number, from 0.',
  input: z.strictObject({
    ...redisFields,
    key: keyField,
    by: z.int().default(1).describe('What is added; negative to subtract.'),
  }),
  output: z.object({ value: z.int().describe('The number after it.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => ({
      value: await redis.incrby(named(input.key), input.by),
    })),
});
