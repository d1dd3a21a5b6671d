import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';
import { createFolder } from './run-command.ts';

const pipeline = (uses: string) => ({ name: 'main', steps: [{ id: 'a', uses }] });

describe('files that can not be read', () => {
  it.skipIf(process.platform === 'win32')('gives up on a device that never ends', async () => {
    const { code, stderr } = await runCommand('validate', '/dev/zero');
    expect(code).toBe(2);
    expect(stderr).toBe('error: /dev/zero can not be read: it is larger than 268435456 bytes.\n');
  });

  it('says why a link leads nowhere', async () => {
    await using folder = await createFolder();
    const file = join(folder.path, 'loop.json');
    await symlink('loop.json', file);
    expect(await runCommand('validate', file, '--json')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `error: ${file} can not be read: its symbolic links lead in a circle.\n`,
    });
  });

  it('looks for pipelines beside a link that leads nowhere', async () => {
    await using folder = await createFolder({ 'other.json': { name: 'other', steps: pipeline('core.noop').steps } });
    await symlink('loop.json', join(folder.path, 'loop.json'));
    const found = await folder.write('found.json', pipeline('pipeline:other'));
    const missing = await folder.write('missing.json', pipeline('pipeline:./loop.json'));
    expect(await runCommand('run', found, '--json')).toMatchObject({ code: 0 });
    const { code, stdout } = await runCommand('validate', missing, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).files[0].diagnostics).toMatchObject([{ code: 'IA_PIPELINE_UNKNOWN_PIPELINE' }]);
  });
});
