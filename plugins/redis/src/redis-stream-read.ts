import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { fromText } from './json-text.ts';
import { MAX_VALUES, redisFields, streamField, waitMs } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

type Entry = readonly [id: string, fields: readonly string[]];

export const redisStreamRead = defineStep({
  name: 'stream_read',
  title: 'Read from a stream',
  description: 'Reads the entries of a stream that come after an id; with `wait_ms`, waits for the first.',
  input: z.strictObject({
    ...redisFields,
    stream: streamField,
    after: z
      .string()
      .regex(/^\d+(-\d+)?$/)
      .default('0')
      .describe('The `last_id` of the read before; `0` starts at the beginning.'),
    count: z.int().min(1).max(MAX_VALUES).default(100).describe('At most so many entries.'),
    wait_ms: waitMs,
  }),
  output: z.object({
    entries: z
      .array(
        z.object({
          id: z.string().describe('When the server got it, and a number.'),
          value: z.custom<Json>().describe('The field `value`; of entries by others, all their fields.'),
        }),
      )
      .describe('The oldest first.'),
    last_id: z.string().describe('Where the next read goes on.'),
  }),
  run: async (input, ctx) =>
    await withRedis(ctx, { ...input, waitMs: input.wait_ms }, async ({ redis, named }) => {
      const block = input.wait_ms === 0 ? [] : ['BLOCK', input.wait_ms];
      const place = ['STREAMS', named(input.stream), input.after];
      const found = (await redis.call('XREAD', 'COUNT', input.count, ...block, ...place)) as
        | readonly (readonly [string, readonly Entry[]])[]
        | null;
      const entries = (found?.[0]?.[1] ?? []).map(([id, fields]) => ({ id, value: readFields(fields) }));
      return { entries, last_id: entries.at(-1)?.id ?? input.after };
    }),
});

const readFields = (fields: readonly string[]): Json => {
  if (fields.length === 2 && fields[0] === 'value') return fromText(fields[1] ?? '');
  const names = fields.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, fields[index * 2 + 1] ?? '']));
};
