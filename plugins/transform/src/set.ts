import { createPace, defineOperation, parsePath, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { compileItemExpression, expressionParameters, expressionText, type ItemExpression } from './item-expression.ts';
import { fieldPath } from './keys.ts';
import { writeAt } from './write-at.ts';

const change = z.strictObject({
  field: fieldPath.describe('Where, such as `totals.net` or `lines[0].sku`; objects on the way are made.'),
  value: z.custom<Json>().optional().describe('What is put there.'),
  expression: expressionText
    .optional()
    .describe('Or CEL that gives it; `item` is the object with the changes before this one.'),
});

export const set = defineOperation({
  name: 'set',
  title: 'Set fields',
  description: 'Puts values into fields of an object, or of each item of a list.',
  takes: 'an object, or a list',
  config: z.strictObject({
    changes: z.array(change).min(1).max(50).describe('What is put where, one after another.'),
    parameters: expressionParameters,
  }),
  apply: async (value, { changes, parameters }, ctx) => {
    const ready = changes.map(({ field, value: constant, expression }) => {
      if ((constant === undefined) === (expression === undefined)) {
        throw refusedInput(`The change of "${field}" needs either a value or an expression.`);
      }
      const give: ItemExpression =
        expression === undefined ? () => constant ?? null : compileItemExpression(expression, parameters);
      return { path: parsePath(field), give };
    });
    const changed: Json[] = [];
    const pace = createPace(ctx);
    for (const [index, item] of (Array.isArray(value) ? (value as readonly Json[]) : [value]).entries()) {
      let current = item;
      for (const { path, give } of ready) {
        current = writeAt(current, path, give(current, index));
        if (pace.isDue()) await pace.rest();
      }
      changed.push(current);
    }
    return Array.isArray(value) ? changed : (changed[0] ?? null);
  },
});
