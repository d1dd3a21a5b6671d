import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { keyField, MAX_VALUES, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisDelete = defineStep({
  name: 'delete',
  title: 'Delete keys',
  description: 'Deletes keys, of values, queues or streams.',
  input: z.strictObject({ ...redisFields, keys: z.array(keyField).min(1).max(MAX_VALUES).describe('Which ones.') }),
  output: z.object({ deleted: z.int().describe('How many were there.') }),
  run: async (input, ctx) =>
    await withRedis(ctx, input, async ({ redis, named }) => ({ deleted: await redis.del(...input.keys.map(named)) })),
});
