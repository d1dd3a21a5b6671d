import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { createTestPlatform } from '@ia-modules/plugin-sdk/testing';
import { plugin } from '../src/plugin.ts';

const analyze = defineStep({
  name: 'analyze',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  output: { type: 'object', properties: { flesch_reading_ease: { type: 'number' } } },
  run: ({ text }) => ({ flesch_reading_ease: text.length < 20 ? 90 : 10 }),
});

const packageJson: unknown = JSON.parse(await readFile('package.json', 'utf8'));
const platform = createTestPlatform({
  plugin,
  packageJson,
  dependencies: { '@community/readability': createTestPlatform({ plugin: definePlugin({ steps: [analyze] }) }) },
});

const isEasy = async (output: string, config: { readonly min_ease?: number } = {}): Promise<unknown> => {
  const step = { id: 'write', status: 'succeeded', output: { text: output }, error: null };
  return (await platform.run('is_easy', { config, parameters: {}, step })).output;
};

test('asks the plugin that it depends on how easy a text is', async () => {
  assert.equal(await isEasy('The cat sat.'), true);
  assert.equal(await isEasy('Institutional considerations necessitate reevaluation.'), false);
  assert.equal(await isEasy('The cat sat.', { min_ease: 95 }), false);
});
