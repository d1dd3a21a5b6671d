import { isDeepStrictEqual } from 'node:util';
import { defineCondition, type Json } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey } from './cache-key.ts';
import { readStored } from './stored-value.ts';

export const cacheHas = defineCondition({
  name: 'has',
  title: 'A value is cached',
  description: 'Holds when there is a value, or when it is the one that is asked for.',
  config: z.strictObject({
    ...keyFields,
    equals: z.custom<Json>().optional().describe('The value that it has to be. Left out, any will do.'),
  }),
  evaluate: async ({ config }, ctx) => {
    const text = await trusted(ctx).store.get(storedKey(config));
    if (text === undefined) return false;
    return config.equals === undefined || isDeepStrictEqual(readStored(text, config.key), config.equals);
  },
});
