import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { defineOperation } from '@ia-modules/bounded-work';
import { eachItem } from './each-item.ts';
import { compileItemExpression, expressionParameters, expressionText } from './item-expression.ts';
import { asList } from './rows.ts';

export const map = defineOperation({
  name: 'map',
  title: 'Map',
  description: 'Makes a new item of each item of a list, by an expression.',
  takes: 'a list',
  config: z.strictObject({
    expression: expressionText.describe(
      'CEL that gives the new item, such as `{"id": item.id, "net": item.price * 0.8}`.',
    ),
    parameters: expressionParameters,
  }),
  apply: async (value, { expression, parameters }, ctx) => {
    const evaluate = compileItemExpression(expression, parameters);
    const made: Json[] = [];
    await eachItem(asList(value), ctx, (item, index) => made.push(evaluate(item, index)));
    return made;
  },
});
