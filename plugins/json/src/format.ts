import { checkSize, defineOperation, overLimit, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { sortKeys } from './sort-keys.ts';

const MAX_SPACES = 16 * 1_024 * 1_024;

export const format = defineOperation({
  name: 'format',
  title: 'Write JSON',
  description: 'Writes a value as JSON text.',
  takes: 'anything',
  config: z.strictObject({
    indent: z.int().min(0).max(10).default(0).describe('Spaces a level; 0 writes one line.'),
    sort_keys: z.boolean().default(false).describe('Writes the keys of objects in the order of their code points.'),
    lines: z.boolean().default(false).describe('Writes a list as JSON Lines, one item a line.'),
  }),
  apply: (value, { indent, sort_keys: isSorted, lines }) => {
    if (indent > 0 && !lines) checkIndent(value, indent);
    const write = (item: Json): string => JSON.stringify(isSorted ? sortKeys(item) : item, null, lines ? 0 : indent);
    if (!lines) return write(value);
    if (!Array.isArray(value)) throw refusedInput('What is written as JSON Lines has to be a list.');
    return value.map((item: Json) => `${write(item)}\n`).join('');
  },
});

/** Every value stands in a line of its own, behind spaces for each level around it. */
const checkIndent = (value: Json, indent: number): void => {
  let depth = 0;
  for (let level: readonly Json[] = [value]; level.length > 0; depth += 1) level = level.flatMap(childrenOf);
  if (checkSize(value) * depth * indent <= MAX_SPACES) return;
  throw overLimit('The text would be mostly white space.', 'Set indent to 0.');
};

const childrenOf = (value: Json): Json[] => (typeof value === 'object' && value !== null ? Object.values(value) : []);
