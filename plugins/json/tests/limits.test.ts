import { createTestbed } from '@ia-modules/plugin-testbed';
import { expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });

it('writes no text that is mostly white space', async () => {
  const list = JSON.parse(`${'['.repeat(90)}${'1,'.repeat(50_000)}1${']'.repeat(90)}`);
  const config = { indent: 10 };
  await expect(testbed.call('transform', 'format', { value: list, config })).rejects.toMatchObject({
    code: 'IA_PLUGIN_LIMIT',
  });
  expect(await testbed.call('transform', 'format', { value: [[1]], config: { indent: 1 } })).toBe('[\n [\n  1\n ]\n]');
});

it('compiles few patterns that stand in the data', async () => {
  const value = Array.from({ length: 2_000 }, (_, index) => `(x{31}){31}${index}`);
  const query = testbed.call('transform', 'query', { value, config: { path: "$[?match('a', @)]" } });
  await expect(query).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});
