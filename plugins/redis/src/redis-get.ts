import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { fromText } from './json-text.ts';
import { keyField, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisGet = defineStep({
  name: 'get',
  title: 'Read a value',
  description: 'Reads the value of a key.',
  input: z.strictObject({ ...redisFields, key: keyField }),
  output: z.object({
    found: z.boolean().describe('Whether there is one.'),
    value: z.custom<Json>().describe('Null when there is none.'),
  }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => {
      const text = await redis.get(named(input.key));
      return { found: text !== null, value: text === null ? null : fromText(text) };
    }),
});
