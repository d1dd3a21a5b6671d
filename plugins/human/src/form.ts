import { checkSize, pathText, refusedInput } from '@ia-modules/bounded-work';
import { compileJsonSchema, type SchemaValidator } from '@ia-modules/engine';
import { defineValidator, type Json, type JsonObject } from '@ia-modules/plugin-sdk';
import { findSchemaProblems } from '@ia-modules/plugin-sdk/host';
import { z } from 'zod';
import { readApproval } from './decisions.ts';

const MAX_VALUES = 2_000;

export const form = defineValidator({
  name: 'form',
  title: 'Form of a decision',
  description: 'Checks what a decision’s form says, beyond what the approval itself asks for.',
  config: z.strictObject({
    form: z.record(z.string(), z.custom<Json>()).describe('A JSON Schema of the values.'),
    of: z
      .enum(['approval', 'values'])
      .default('approval')
      .describe(
        '`approval`: the value is the output of a human.approval. `values`: it is the form’s values themselves.',
      ),
  }),
  validate: ({ value, config }) => {
    const values = config.of === 'approval' ? readApproval(value).values : value;
    checkSize(values, { values: MAX_VALUES, chars: 100_000 });
    const violations = compile(config.form).apply(structuredClone(values));
    const prefix = config.of === 'approval' ? ['values'] : [];
    const errors = violations.map(({ path, message }) => ({
      path: pathText([...prefix, ...path.map(asPart)]),
      message,
    }));
    return { valid: errors.length === 0, errors };
  },
});

const asPart = (part: string | number | symbol): string | number => (typeof part === 'number' ? part : String(part));

const compile = (schema: JsonObject): SchemaValidator => {
  const [problem] = findSchemaProblems(schema);
  if (problem !== undefined)
    throw refusedInput(`The form can not be used: at ${pathText(problem.path)} it ${problem.message}.`);
  try {
    return compileJsonSchema(schema);
  } catch (error) {
    throw refusedInput(`The form is no JSON Schema: ${error instanceof Error ? error.message : 'it can not be read'}.`);
  }
};
