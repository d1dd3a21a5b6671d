import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/debugging.md', ROOT), 'utf8');

const blocks = (language: string): string =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block ?? '').join('');

it('prints what the page says', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=ia-src', '--input-type=module-typescript', '-'],
    { cwd: fileURLToPath(ROOT), input: blocks('ts'), encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(stderr).toBe('');
  expect(stdout).toBe(blocks('text'));
});
