import { createTestbed } from '@ia-modules/plugin-testbed';
import { expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });

it('lets others work while it checks a long list', async () => {
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  const value = Array.from({ length: 90_000 }, (_, index) => ({ index }));
  const checks = ['unique', 'unique', 'unique'].map((check) => ({ check }));
  const checked = testbed.step('check', { value, checks }).finally(() => clearInterval(counting));
  expect(await checked).toEqual({ valid: true, errors: [] });
  expect(turns).toBeGreaterThan(3);
});
