import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { toText } from './json-text.ts';
import { redisFields, streamField } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisStreamAdd = defineStep({
  name: 'stream_add',
  title: 'Add to a stream',
  description: 'Adds an entry to a stream. A step that is tried again may add it again.',
  input: z.strictObject({
    ...redisFields,
    stream: streamField,
    value: z.custom<Json>().describe('Any JSON; it is the field `value` of the entry.'),
    max_length: z.int().min(1).optional().describe('About how many entries the stream keeps.'),
  }),
  output: z.object({ id: z.string().describe('Of the entry.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => {
      const bound = input.max_length === undefined ? [] : ['MAXLEN', '~', input.max_length];
      const id = await redis.call('XADD', named(input.stream), ...bound, '*', 'value', toText(input.value));
      return { id: String(id) };
    }),
});
