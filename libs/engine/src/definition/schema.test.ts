import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { pipelineJsonSchema, pipelineSchema } from './schema.ts';

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

const accepts = (more: object): boolean =>
  pipelineSchema.safeParse({ name: 'x', steps: [{ id: 'a', uses: 'core.noop' }], ...more }).success;

it('takes any name that people can read, and no other', () => {
  for (const name of ['orders', 'Ünï 名前 🚀', 'x'.repeat(200)]) expect(accepts({ name })).toBe(true);
  for (const name of ['', '   ', 'a\0b', 'a\nb', 'half \ud83d', 'x'.repeat(201)]) expect(accepts({ name })).toBe(false);
});

it('takes semantic versions only', () => {
  for (const version of ['0.0.0', '1.2.3-rc.1+build.5', '1.0.0--']) expect(accepts({ version })).toBe(true);
  for (const version of [
    '1',
    'v1.0.0',
    '01.0.0',
    '1.0.0-..',
    '1.0.0-01',
    '1.0.0+',
    '99999999999999999999.0.0',
    '1.0.0\n',
  ])
    expect(accepts({ version })).toBe(false);
});
