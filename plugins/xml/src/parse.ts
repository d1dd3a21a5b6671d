import { defineOperation, refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { parseXml } from './parse-xml.ts';
import { xmlShape } from './xml-names.ts';

export const parse = defineOperation({
  name: 'parse',
  title: 'Read XML',
  description: 'Reads XML text as an object. A document with a DTD is refused.',
  takes: 'a text',
  config: z.strictObject({
    ...xmlShape,
    lists: z
      .array(z.string().min(1).max(200))
      .max(100)
      .default([])
      .describe('Elements that are lists even when there is only one of them. Others are when there are several.'),
    types: z
      .enum(['text', 'infer'])
      .default('text')
      .describe('`infer` makes numbers, true and false of texts; numbers such as 007 stay texts.'),
    strip_prefixes: z
      .boolean()
      .default(false)
      .describe('Takes namespace prefixes from names: `soap:Body` becomes `Body`.'),
  }),
  apply: (text, options, ctx) => {
    if (typeof text !== 'string') throw refusedInput('What is read as XML has to be a text.');
    return parseXml(text, options, ctx);
  },
});
