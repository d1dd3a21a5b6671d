import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const { dataDir } = inject('platform');

async function runDemo(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=ia-src', 'apps/dev/src/demo.ts'], {
    cwd: root,
    env: { ...process.env, IA_DATA_DIR: dataDir },
  });
  return stdout;
}

test('the demo goes through the main job on the running platform, a second time with the next version', async () => {
  const first = await runDemo();
  expect(first).toContain('Using the platform at');
  expect(first).toMatch(/published @community\/demo-readability@\d+\.\d+\.\d+/);
  expect(first).toContain('step_succeeded  analyze');
  expect(first).toContain('flesch_reading_ease');
  expect(first).toContain('The demo succeeded');
  const second = await runDemo();
  expect(second).toContain('revision 2');
  expect(published(second)).not.toBe(published(first));
});

function published(output: string): string | undefined {
  return /published (\S+)/.exec(output)?.[1];
}
