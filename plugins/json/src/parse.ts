import {
  checkSize,
  defineOperation,
  LARGE_OBJECTS,
  overLimit,
  refusedInput,
  tooManyFields,
} from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_TEXT_CHARS = 4 * 1_024 * 1_024;
const MAX_LINES = 100_000;
const MAX_DEPTH = 100;
const MAX_VALUES = 200_000;

export const parse = defineOperation({
  name: 'parse',
  title: 'Read JSON',
  description: 'Reads JSON text as a value.',
  takes: 'a text',
  config: z.strictObject({
    lines: z.boolean().default(false).describe('Reads each line as a value of its own (JSON Lines), and gives a list.'),
  }),
  apply: (text, { lines }) => {
    if (typeof text !== 'string') throw refusedInput('What is read as JSON has to be a text.');
    if (text.length > MAX_TEXT_CHARS) throw overLimit(`JSON text may have ${MAX_TEXT_CHARS} characters.`);
    const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
    checkShape(source);
    const value = lines ? readLines(source) : read(source, '');
    checkSize(value, { depth: MAX_DEPTH });
    return value;
  },
});

const readLines = (text: string): Json => {
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw overLimit(`JSON Lines may have ${MAX_LINES} lines.`);
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [read(line, `Line ${index + 1}: `)]));
};

const read = (text: string, place: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw refusedInput(
      `${place}The text is no JSON: ${error instanceof Error ? error.message : 'it can not be read'}.`,
    );
  }
};

/** Before it is parsed: what is nested a million levels deep, or has very many fields, costs more than its text. */
const checkShape = (text: string): void => {
  const fields: number[] = [];
  let values = 1;
  let largeFields = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isText) {
      if (char === '\\') at += 1;
      else if (char === '"') isText = false;
      continue;
    }
    if (char === '"') isText = true;
    else if (char === ':') largeFields += countField(fields);
    else if (char === '[' || char === '{') fields.push(0);
    else if (char === ']' || char === '}') fields.pop();
    if (char === ',' || char === '[' || char === '{') values += 1;
    if (fields.length > MAX_DEPTH) throw overLimit(`JSON may be nested ${MAX_DEPTH} levels deep.`);
    // An empty list or object counts twice here.
    if (values > MAX_VALUES * 2) throw overLimit(`JSON may hold ${MAX_VALUES} values.`);
    if (largeFields > LARGE_OBJECTS.total) throw tooManyFields();
  }
};

/** Counts a field of the innermost object; gives by how many those of large objects are more with it. */
const countField = (fields: number[]): number => {
  const count = (fields.pop() ?? 0) + 1;
  fields.push(count);
  if (count <= LARGE_OBJECTS.from) return 0;
  return count === LARGE_OBJECTS.from + 1 ? count : 1;
};
