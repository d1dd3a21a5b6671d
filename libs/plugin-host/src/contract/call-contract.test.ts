import type { JsonSchema, PluginManifest } from '@ia-modules/plugin-sdk';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { contractOf } from './call-contract.ts';

const manifestWith = (input: JsonSchema): PluginManifest => {
  const manifest = manifestSchema.parse({ apiVersion: 1, contributions: { steps: [{ name: 'run', title: 'Run' }] } });
  const steps = manifest.contributions.steps.map((step) => ({ ...step, input })) as typeof manifest.contributions.steps;
  return { ...manifest, contributions: { ...manifest.contributions, steps } };
};

const nested = (levels: number): JsonSchema => {
  let schema: JsonSchema = {};
  for (let level = 0; level < levels; level++) schema = { not: schema };
  return schema;
};

it.each([
  [
    'too deep for the compiler',
    nested(3_000),
    /input of the step "run" can't be used: the schema is too large or too deep/,
  ],
  ['that is none', { type: 'text' }, /input of the step "run" can't be used: schema is invalid/],
])('says that the manifest is wrong when it has a schema %s, each time', (_name, schema, message) => {
  const plugin = { name: '@a/b', version: '1.0.0', manifest: manifestWith(schema) };
  const read = () => contractOf(plugin, { kind: 'step', name: 'run' }).readInput({});
  const error = expect.objectContaining({ code: 'IA_PLUGIN_MANIFEST', message: expect.stringMatching(message) });
  expect(read).toThrow(error);
  expect(read).toThrow(error);
});
