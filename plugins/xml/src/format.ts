import { defineOperation } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { formatXml } from './format-xml.ts';
import { xmlShape } from './xml-names.ts';

export const format = defineOperation({
  name: 'format',
  title: 'Write XML',
  description: 'Writes an object as XML text.',
  takes: 'an object with one key, the name of the outermost element',
  config: z.strictObject({
    ...xmlShape,
    indent: z.int().min(0).max(8).default(0).describe('Spaces a level; 0 writes one line.'),
    declaration: z.boolean().default(true).describe('Begins with `<?xml version="1.0" encoding="UTF-8"?>`.'),
  }),
  apply: (value, options) => formatXml(value, options),
});
