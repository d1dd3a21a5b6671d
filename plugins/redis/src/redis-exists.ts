import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { keyField, redisFields } from './redis-fields.ts';
import { withRedis } from './with-redis.ts';

export const redisExists = defineCondition({
  name: 'exists',
  title: 'A key is there',
  description: 'Holds when Redis has a key: a value, a queue that is not empty, or a stream.',
  config: z.strictObject({ ...redisFields, key: keyField }),
  evaluate: async ({ config }, ctx) =>
    await withRedis(ctx, config, async ({ redis, named }) => (await redis.exists(named(config.key))) === 1),
});
