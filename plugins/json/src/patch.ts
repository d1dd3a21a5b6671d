import { checkSize, createPace, defineOperation } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { applyOperation } from './apply-operation.ts';

const path = z.string().max(2_000);

const operation = z.discriminatedUnion('op', [
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
export type PatchOperation = z.output<typeof operation>;

export const patch = defineOperation({
  name: 'patch',
  title: 'JSON Patch',
  description: 'Applies a JSON Patch (RFC 6902): all of its operations, or, when one of them can not be, none.',
  takes: 'anything',
  config: z.strictObject({ operations: z.array(operation).max(1_000).describe('What is done, in this order.') }),
  apply: async (value, { operations }, ctx) => {
    const pace = createPace(ctx);
    let current = value;
    let copied = 0;
    for (const [index, step] of operations.entries()) {
      const applied = applyOperation(current, step, index);
      current = applied.value;
      // A copy of the whole into itself doubles it: a few of them would fill the memory.
      copied += applied.added === undefined ? 0 : checkSize(applied.added);
      if (copied > 0) checkSize([current, copied]);
      if (pace.isDue()) await pace.rest();
    }
    return current;
  },
});
