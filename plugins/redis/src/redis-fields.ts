import { z } from 'zod';

export const redisFields = {
  url: z
    .string()
    .max(2_000)
    .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
    .optional()
    .describe(
      '`rediss://user:password@host:6379/0`; a secret. Left out, the Redis of the operator, below a prefix of the tenant.',
    ),
  timeout_ms: z.int().min(1).max(120_000).default(10_000).describe('How long an answer may take, waiting not counted.'),
};

const fields = z.object(redisFields);
export type RedisFields = z.infer<typeof fields>;

const name = z.string().min(1).max(500);
export const keyField = name.describe('The key.');
export const queueField = name.describe('The name of the queue, a Redis list.');
export const streamField = name.describe('The name of the stream.');

export const waitMs = z.int().min(0).max(60_000).default(0).describe('How long to wait when there is nothing.');

export const MAX_VALUES = 1_000;
