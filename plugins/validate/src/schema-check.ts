import { checkSize, overLimit, pathText, refusedInput } from '@ia-modules/bounded-work';
import { compileJsonSchema, type SchemaValidator } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { findSchemaProblems } from '@ia-modules/plugin-sdk/host';
import { z } from 'zod';
import { defineCheck } from './check.ts';

const MAX_VALUES = 100_000;
/** Parts of the schema times parts of the value: no check takes more steps than that. */
const MAX_STEPS = 5_000_000;
const MAX_UNIQUE_ITEMS = 1_000;
const MAX_PATTERN_CHARS = 200_000;

export const schemaCheck = defineCheck({
  name: 'schema',
  title: 'JSON Schema',
  description:
    'Checks a value against a JSON Schema (2020-12); `format` is checked as well, and `pattern` runs on RE2.',
  config: z.strictObject({
    schema: z
      .record(z.string(), z.custom<Json>())
      .describe('The JSON Schema; it may not refer to itself or to other documents.'),
  }),
  find: (value, { schema }) => {
    checkCost(schema, value);
    const violations = compile(schema).apply(structuredClone(value));
    return violations.map(({ path, message }) => ({ path: pathText(path.map(asPart)), message }));
  },
});

const asPart = (part: string | number | symbol): string | number => (typeof part === 'number' ? part : String(part));

const compile = (schema: JsonObject): SchemaValidator => {
  try {
    return compileJsonSchema(schema);
  } catch (error) {
    throw refusedInput(
      `The schema is no JSON Schema: ${error instanceof Error ? error.message : 'it can not be read'}.`,
    );
  }
};

const checkCost = (schema: JsonObject, value: Json): void => {
  const [problem] = findSchemaProblems(schema);
  if (problem !== undefined) {
    throw refusedInput(`The schema can not be used: at ${pathText(problem.path)} it ${problem.message}.`);
  }
  const values = checkSize(value, { values: MAX_VALUES });
  const text = JSON.stringify(schema);
  const parts = text.split(/[{[,]/).length;
  if (parts * values > MAX_STEPS) {
    throw overLimit(
      'The value is too large for a schema of this size.',
      'Check its parts one by one, for example with for_each.',
    );
  }
  const hasPatterns = /"(?:pattern|patternProperties|format)"/.test(text);
  if (hasPatterns) checkSize(value, { chars: MAX_PATTERN_CHARS });
  if (text.includes('"uniqueItems"')) checkLists(value);
};

const checkLists = (value: Json): void => {
  const pending: Json[] = [value];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    if (typeof current !== 'object' || current === null) continue;
    if (Array.isArray(current) && current.length > MAX_UNIQUE_ITEMS) {
      throw overLimit(`With uniqueItems, lists may have ${MAX_UNIQUE_ITEMS} items.`, 'Use validate.unique.');
    }
    pending.push(...(Object.values(current) as Json[]));
  }
};
