import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { toText } from './json-text.ts';
import { redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisPublish = defineStep({
  name: 'publish',
  title: 'Publish a message',
  description: 'Sends a message to whoever listens to a channel at this moment.',
  input: z.strictObject({
    ...redisFields,
    channel: z.string().min(1).max(500).describe('The channel.'),
    message: z.custom<Json>().describe('Any JSON.'),
  }),
  output: z.object({ receivers: z.int().describe('How many listened.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => ({
      receivers: await redis.publish(named(input.channel), toText(input.message)),
    })),
});
