import { z } from 'zod';

const MAX_TTL_MS = 365 * 24 * 60 * 60 * 1000;

/** What names a value, in every contribution. */
export const keyFields = {
  key: z.string().min(1).max(300).describe('Names the value.'),
  namespace: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,100}$/)
    .default('default')
    .describe('Keeps equal keys of different purposes apart.'),
};

export const ttlMs = z
  .int()
  .min(1)
  .max(MAX_TTL_MS)
  .optional()
  .describe('Milliseconds after which the value is gone. Left out, it stays.');

type Named = { readonly key: string; readonly namespace: string };

/** A namespace has no colon, so no two of these meet. */
export const storedKey = ({ key, namespace }: Named): string => `cache:${namespace}:${key}`;
