import { defineOperation, overLimit, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { eachItem } from './each-item.ts';
import { compileItemExpression, expressionParameters } from './item-expression.ts';
import { splitText } from './split-text.ts';

const MAX_TEXT_CHARS = 4 * 1_024 * 1_024;

export const template = defineOperation({
  name: 'template',
  title: 'Template',
  description: 'Writes a text from a value, or one from all items of a list.',
  takes: 'anything; of a list, each item is written',
  config: z.strictObject({
    text: z
      .string()
      .max(20_000)
      .describe('The text, with CEL in `${…}`: `${item.name}: ${item.price} EUR`. `$${` prints `${`.'),
    separator: z.string().max(100).default('\n').describe('Stands between the texts of a list’s items.'),
    parameters: expressionParameters,
  }),
  apply: async (value, { text, separator, parameters }, ctx) => {
    const parts = splitText(text);
    if (parts.length > 200) throw refusedInput('A template may have 100 expressions.');
    const writers = parts.map((part) => {
      if ('literal' in part) return () => part.literal;
      const evaluate = compileItemExpression(part.expression, parameters);
      return (item: Json, index: number) => print(evaluate(item, index));
    });
    const texts: string[] = [];
    let length = 0;
    await eachItem(Array.isArray(value) ? value : [value], ctx, (item, index) => {
      const written = writers.map((write) => write(item, index)).join('');
      length += written.length + separator.length;
      if (length > MAX_TEXT_CHARS) throw overLimit(`The text has more than ${MAX_TEXT_CHARS} characters.`);
      texts.push(written);
    });
    return texts.join(separator);
  },
});

const print = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
