import { createPace, refusedInput } from '@ia-modules/bounded-work';
import type { ValidationProblem } from '@ia-modules/plugin-sdk';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { defineCheck, kindOf, MAX_PROBLEMS, pathField, placesIn } from './check.ts';

const MAX_TEXT_CHARS = 10_000;

export const regexCheck = defineCheck({
  name: 'regex',
  title: 'Regular expression',
  description: 'Checks that texts match a regular expression of RE2, whose time grows with the text alone.',
  config: z.strictObject({
    path: pathField,
    pattern: z
      .string()
      .min(1)
      .max(512)
      .describe('RE2: no look-around, no back references. It is found anywhere: anchor it with ^ and $.'),
    ignore_case: z.boolean().default(false).describe('Takes upper and lower case for the same.'),
    not: z.boolean().default(false).describe('Turns it around: what matches does not pass.'),
    message: z.string().max(200).optional().describe('What is said of a text that does not pass.'),
  }),
  find: async (value, { path, pattern, ignore_case: ignoresCase, not: isTurned, message }, ctx) => {
    const compiled = compile(pattern, ignoresCase);
    const told = message ?? (isTurned ? 'has a form that is not allowed' : `does not match ${pattern}`);
    const problems: ValidationProblem[] = [];
    const pace = createPace(ctx);
    for (const place of placesIn(value, path)) {
      if (problems.length > MAX_PROBLEMS) break;
      if (pace.isDue()) await pace.rest();
      const { value: text } = place;
      if (typeof text !== 'string')
        problems.push({ path: place.path, message: `is ${kindOf(text)}, and has to be a text` });
      else if (text.length > MAX_TEXT_CHARS) {
        problems.push({ path: place.path, message: `has more than the ${MAX_TEXT_CHARS} characters that are checked` });
      } else if (compiled.matcher(text).find() === isTurned) problems.push({ path: place.path, message: told });
    }
    return problems;
  },
});

const compile = (pattern: string, ignoresCase: boolean): RE2JS => {
  try {
    return RE2JS.compile(pattern, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    throw refusedInput(
      `The pattern is no regular expression of RE2: ${error instanceof Error ? error.message : 'it can not be read'}.`,
      'RE2 has no look-around and no back references.',
    );
  }
};
