import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const wide = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`f${index}`, index]));
const long = 'x'.repeat(100_000);
const numbers = Array.from({ length: 20_000 }, (_, index) => index);

it.each<readonly [string, string, Json, JsonObject]>([
  ['map', 'the same large value for each item', numbers, { expression: 'parameters', parameters: { long } }],
  ['set', 'a large value in each item', numbers.map(() => ({})), { changes: [{ field: 'a', value: long }] }],
  [
    'join',
    'copies of a wide item',
    [{ k: 1, ...wide }],
    { right: numbers.map(() => ({ k: 1 })), on: [{ left: 'k', right: 'k' }] },
  ],
  ['flatten', 'the same long key before each field', { [long]: wide }, {}],
  [
    'omit',
    'copies of an object with very many fields',
    Object.fromEntries(numbers.concat(20_000).map((key) => [`f${key}`, 1])),
    { fields: ['f1'] },
  ],
])('%s makes no %s', async (name, _what, value, config) => {
  const made = testbed.call('transform', name, { value, config });
  await expect(made).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});
