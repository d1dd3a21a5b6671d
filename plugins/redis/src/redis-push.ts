import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { toText } from './json-text.ts';
import { MAX_VALUES, queueField, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisPush = defineStep({
  name: 'push',
  title: 'Put into a queue',
  description: 'Puts values at the end of a queue. A step that is tried again may put them there again.',
  input: z.strictObject({
    ...redisFields,
    queue: queueField,
    values: z.array(z.custom<Json>()).min(1).max(MAX_VALUES).describe('Any JSON, in this order.'),
  }),
  output: z.object({ length: z.int().describe('How many values the queue has now.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => ({
      length: await redis.rpush(named(input.queue), ...input.values.map(toText)),
    })),
});
