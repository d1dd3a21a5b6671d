import { defineOperation, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { eachItem } from './each-item.ts';
import { compileItemExpression, expressionParameters, expressionText } from './item-expression.ts';
import { asList, kindOf } from './rows.ts';

export const filter = defineOperation({
  name: 'filter',
  title: 'Filter',
  description: 'Keeps the items of a list for which an expression is true.',
  takes: 'a list',
  config: z.strictObject({
    condition: expressionText.describe('CEL that is true or false, such as `item.age >= 18`.'),
    parameters: expressionParameters,
  }),
  apply: async (value, { condition, parameters }, ctx) => {
    const evaluate = compileItemExpression(condition, parameters);
    const kept: Json[] = [];
    await eachItem(asList(value), ctx, (item, index) => {
      const holds = evaluate(item, index);
      if (typeof holds !== 'boolean') {
        throw refusedInput(`At item ${index} the condition is ${kindOf(holds)}, and has to be true or false.`);
      }
      if (holds) kept.push(item);
    });
    return kept;
  },
});
