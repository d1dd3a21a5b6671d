import { z } from 'zod';

export const MAX_TEXT_CHARS = 4 * 1_024 * 1_024;
export const MAX_DEPTH = 64;
export const MAX_ELEMENTS = 100_000;

/** How the parts of an element that are no elements are called in an object. */
export const xmlShape = {
  attribute_prefix: z.string().max(5).default('@').describe('Stands before the names of attributes.'),
  text_key: z
    .string()
    .min(1)
    .max(20)
    .default('#text')
    .describe('The key of the text of an element that has attributes or elements as well.'),
};
