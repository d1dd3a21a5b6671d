import { checkSize, createPace, defineOperation, overLimit } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { compileQuery } from './compile-query.ts';

const MAX_VALUES = 50_000;
const MAX_RESULTS = 10_000;

export const query = defineOperation({
  name: 'query',
  title: 'JSONPath',
  description: 'Finds values by a JSONPath query (RFC 9535).',
  takes: 'anything',
  config: z.strictObject({
    path: z.string().min(1).max(500).describe('The query, such as `$.lines[?@.price > 10].sku`.'),
    as: z
      .enum(['values', 'first', 'nodes'])
      .default('values')
      .describe(
        '`values` gives a list of what is found, `first` the first of it or null, `nodes` a list of `{path, value}`.',
      ),
  }),
  apply: async (value, { path, as }, ctx) => {
    checkSize(value, { values: MAX_VALUES });
    const find = compileQuery(path);
    const found: Json[] = [];
    const pace = createPace(ctx);
    for (const node of find(value)) {
      if (as === 'first') return node.value;
      if (found.length >= MAX_RESULTS) throw overLimit(`A query may find ${MAX_RESULTS} values.`);
      found.push(as === 'nodes' ? { path: node.path, value: node.value } : node.value);
      if (pace.isDue()) await pace.rest();
    }
    return as === 'first' ? null : found;
  },
});
