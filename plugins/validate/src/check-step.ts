import {
  defineCondition,
  defineStep,
  type Json,
  type PluginContext,
  type ValidationProblem,
} from '@ia-modules/plugin-sdk';
import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { type Check, verdictOf } from './check.ts';
import { emailCheck } from './email-check.ts';
import { requiredCheck, typeCheck, uniqueCheck } from './field-checks.ts';
import { rangeCheck } from './range-check.ts';
import { regexCheck } from './regex-check.ts';
import { schemaCheck } from './schema-check.ts';

export const CHECKS: readonly Check[] = [
  schemaCheck,
  emailCheck,
  rangeCheck,
  regexCheck,
  requiredCheck,
  uniqueCheck,
  typeCheck,
];

const CHECK_NAMES = CHECKS.map(({ name }) => name) as [string, ...string[]];

const checks = z
  .array(
    z.strictObject({
      check: z.enum(CHECK_NAMES).describe('Which check, by the name of its validator.'),
      with: z
        .record(z.string(), z.custom<Json>())
        .default({})
        .describe('Its configuration, as the validator of that name has it.'),
    }),
  )
  .min(1)
  .max(20)
  .describe('What to check, all of it.');
type Wanted = z.output<typeof checks>;

const findAll = async (value: Json, wanted: Wanted, ctx: PluginContext): Promise<ValidationProblem[]> => {
  const problems: ValidationProblem[] = [];
  for (const { check: name, with: config } of wanted) {
    const check = CHECKS.find((known) => known.name === name);
    if (check === undefined) continue;
    problems.push(...(await check.find(value, readConfig(check, config), ctx)));
  }
  return problems;
};

export const checkStep = defineStep({
  name: 'check',
  title: 'Check a value',
  description: 'Checks a value in several ways and tells what is wrong with it; it does not fail because of that.',
  input: z.strictObject({ value: z.custom<Json>().describe('What is checked.'), checks }),
  output: z.object({
    valid: z.boolean().describe('Whether nothing is wrong.'),
    errors: z
      .array(
        z.object({
          path: z.string().describe('Where, as JSONPath: `$.rows[3].email`.'),
          message: z.string().describe('What is wrong there.'),
        }),
      )
      .describe('What is wrong, 100 for each check at most.'),
  }),
  run: async ({ value, checks: wanted }, ctx) => {
    const { valid, errors } = verdictOf(await findAll(value, wanted, ctx));
    return { valid, errors: [...errors] };
  },
});

export const isValid = defineCondition({
  name: 'is_valid',
  title: 'Is valid',
  description: 'Holds when a value, or else the output of the step that ended, passes some checks.',
  config: z.strictObject({
    value: z.custom<Json>().optional().describe('What is checked. Left out, it is the output of the step that ended.'),
    checks,
  }),
  evaluate: async ({ config, step }, ctx) =>
    (await findAll(config.value ?? step.output, config.checks, ctx)).length === 0,
});

const readConfig = ({ name, config }: Check, written: unknown): unknown => {
  const read = config.safeParse(written);
  if (read.success) return read.data;
  const issues = read.error.issues.map(({ path, message }) => `${path.join('.') || 'with'}: ${message}`);
  throw refusedInput(`The configuration of the check "${name}" is not valid: ${issues.join('; ')}`);
};
