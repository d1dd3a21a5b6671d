import { defineStep, type Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { fromText } from './json-text.ts';
import { MAX_VALUES, queueField, redisFields, waitMs } from './redis-fields.ts';
import { type RedisCall, withRedis } from './with-redis.ts';

const input = z.strictObject({
  ...redisFields,
  queue: queueField,
  count: z.int().min(1).max(MAX_VALUES).default(1).describe('At most so many values.'),
  wait_ms: waitMs,
});

export const redisPop = defineStep({
  name: 'pop',
  title: 'Take from a queue',
  description:
    'Takes values from the beginning of a queue; with `wait_ms`, waits for the first. What is taken is gone.',
  input,
  output: z.object({ values: z.array(z.custom<Json>()).describe('Empty when there was nothing.') }),
  run: async (wanted, ctx) =>
    await withRedis(ctx, { ...wanted, waitMs: wanted.wait_ms }, async (call) => ({
      values: (await take(call, wanted)).map(fromText),
    })),
});

const take = async ({ redis, named }: RedisCall, { queue, count, wait_ms }: z.infer<typeof input>) => {
  const key = named(queue);
  const taken = (await redis.lpop(key, count)) ?? [];
  if (taken.length > 0 || wait_ms === 0) return taken;
  const waited = await redis.blpop(key, wait_ms / 1_000);
  return waited === null ? [] : [waited[1]];
};
