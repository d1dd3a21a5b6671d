import { createTestbed } from '@ia-modules/plugin-testbed';
import { expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });

it('reads no more fields than a process can hold', async () => {
  const text = `${','.repeat(999)}\n`.repeat(1_001);
  await expect(testbed.step('parse', { text, headers: false })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});

it('lets others work while it reads what gives no rows', async () => {
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  const parsed = testbed.step('parse', { text: `#${'x'.repeat(2_000_000)}`, comment: '#' });
  await parsed.finally(() => clearInterval(counting));
  expect(await parsed).toMatchObject({ row_count: 0 });
  expect(turns).toBeGreaterThan(5);
});
