import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { toText } from './json-text.ts';
import { keyField, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisSet = defineStep({
  name: 'set',
  title: 'Write a value',
  description: 'Writes the value of a key.',
  input: z.strictObject({
    ...redisFields,
    key: keyField,
    value: z.custom<Json>().describe('Any JSON.'),
    ttl_ms: z.int().min(1).optional().describe('Milliseconds after which it is gone. Left out, it stays.'),
    only_if_absent: z.boolean().default(false).describe('Leaves a value that is there as it is.'),
  }),
  output: z.object({ stored: z.boolean().describe('False when a value was left as it is.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => {
      const options = [
        ...(input.ttl_ms === undefined ? [] : ['PX', input.ttl_ms]),
        ...(input.only_if_absent ? ['NX'] : []),
      ];
      const answer = await redis.call('SET', named(input.key), toText(input.value), ...options);
      return { stored: answer === 'OK' };
    }),
});
