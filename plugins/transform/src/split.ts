import { defineOperation, overLimit, refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { MAX_ROWS } from './each-item.ts';
import { asList, kindOf } from './rows.ts';

export const split = defineOperation({
  name: 'split',
  title: 'Split text',
  description: 'Splits a text into a list of texts.',
  takes: 'a text',
  config: z.strictObject({
    separator: z.string().min(1).max(100).default('\n').describe('What stands between the parts, taken literally.'),
    trim: z.boolean().default(true).describe('Takes white space from the ends of each part.'),
    skip_empty: z.boolean().default(true).describe('Leaves out parts with nothing in them.'),
  }),
  apply: (value, { separator, trim, skip_empty: skipEmpty }) => {
    if (typeof value !== 'string') throw refusedInput(`The value is ${kindOf(value)}, and has to be a text.`);
    const parts = value.split(separator, MAX_ROWS + 1);
    if (parts.length > MAX_ROWS) throw overLimit(`A text may have ${MAX_ROWS} parts.`);
    const texts = trim ? parts.map((part) => part.trim()) : parts;
    return skipEmpty ? texts.filter((part) => part !== '') : texts;
  },
});

export const chunk = defineOperation({
  name: 'chunk',
  title: 'Chunk',
  description: 'Cuts a list into lists of a size, for work in batches.',
  takes: 'a list',
  config: z.strictObject({ size: z.int().min(1).max(MAX_ROWS).describe('Items in each; the last may have fewer.') }),
  apply: (value, { size }) => {
    const list = asList(value);
    return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
      list.slice(index * size, (index + 1) * size),
    );
  },
});
