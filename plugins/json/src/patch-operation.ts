import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const path = z.string().max(2_000);

/** One operation of RFC 6902. */
export const patchOperation = z.discriminatedUnion('op', [
  z.strictObject({
    op: z
      .enum(['add', 'replace', 'test'])
      .describe('What is done: put there, put in the place of what is there, or compare.'),
    path: path.describe('Where, as a JSON Pointer.'),
    value: z.custom<Json>().describe('The value to put or to compare with.'),
  }),
  z.strictObject({ op: z.literal('remove').describe('Takes away.'), path: path.describe('Where, as a JSON Pointer.') }),
  z.strictObject({
    op: z.enum(['move', 'copy']).describe('Takes what is at `from` to `path`, or a copy of it.'),
    from: path.describe('From where, as a JSON Pointer.'),
    path: path.describe('Where to, as a JSON Pointer.'),
  }),
]);
export type PatchOperation = z.output<typeof patchOperation>;
