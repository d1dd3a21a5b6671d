import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { pipelineJsonSchema } from './schema.ts';

it('is published as a JSON Schema that accepts what the language accepts', () => {
  const schema = pipelineJsonSchema();
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  const validate = new Ajv2020({ strict: false }).compile(schema);
  const pipeline = {
    name: 'x',
    steps: [{ id: 'a', uses: 'core.noop', join: { at_least: 2 }, fallback: null }],
    flow: { transitions: [{ from: 'a', to: 'b', condition: { type: 'not', condition: { type: 'always' } } }] },
  };
  expect(validate(pipeline)).toBe(true);
  expect(validate({ ...pipeline, surprise: 1 })).toBe(false);
  expect(validate({ ...pipeline, steps: [{ id: '1a', uses: 'core.noop' }] })).toBe(false);
});
