import { defineStep } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { keyFields, storedKey } from './cache-key.ts';

export const cacheDelete = defineStep({
  name: 'delete',
  title: 'Delete a cached value',
  description: 'Deletes a value; one that is not there is no error.',
  input: z.strictObject(keyFields),
  output: z.object({ deleted: z.boolean().describe('Whether there was one.') }),
  run: async (input, ctx) => ({ deleted: await trusted(ctx).store.delete(storedKey(input)) }),
});
