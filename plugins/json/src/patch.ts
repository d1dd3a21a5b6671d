import { checkSize, createPace, defineOperation } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { applyOperation } from './apply-operation.ts';
import { patchOperation } from './patch-operation.ts';

export const patch = defineOperation({
  name: 'patch',
  title: 'JSON Patch',
  description: 'Applies a JSON Patch (RFC 6902): all of its operations, or, when one of them can not be, none.',
  takes: 'anything',
  config: z.strictObject({ operations: z.array(patchOperation).max(1_000).describe('What is done, in this order.') }),
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
