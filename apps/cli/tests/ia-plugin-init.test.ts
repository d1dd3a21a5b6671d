import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CONTRIBUTION_KINDS } from '@ia-modules/plugin-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';

const root = path.resolve(import.meta.dirname, '../../..');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ia-plugin-init-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const kindsAndLanguages = CONTRIBUTION_KINDS.flatMap((kind) =>
  (['ts', 'js'] as const).map((language) => [kind, language] as const),
);

describe('ia-plugin init', () => {
  it.each(kindsAndLanguages)('writes a %s in %s that builds, tests, validates and packs as it is', async (kind, language) => {
    const made = await runPluginCommand('init', folder, '--type', kind, '--language', language);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await runPluginCommand('publish', folder, '--dry-run', '--json');
    expect(code, stdout).toBe(0);
    const { findings, tests, published } = JSON.parse(stdout);
    expect(findings).toEqual([]);
    expect(tests).toMatchObject({ fixtures: [{ differences: [] }], units: { hasPassed: true }, hasPassed: true });
    expect(published.name).toMatch(/^@community\/ia-plugin-init-/);
  });

  it('puts several kinds into one plugin, whose types fit', async () => {
    const types = CONTRIBUTION_KINDS.flatMap((kind) => ['--type', kind]);
    await runPluginCommand('init', folder, '--name', '@acme/all', ...types);
    expect(await runPluginCommand('build', '--check', folder)).toMatchObject({ code: 0 });
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    const checked = await promisify(execFile)(tsc, ['-p', folder, '--customConditions', 'ia-src', '--skipLibCheck'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    expect(checked.stdout).toBe('');
  });

  it('leaves a folder alone that holds something, unless it is told not to', async () => {
    await writeFile(path.join(folder, 'notes.txt'), 'mine');
    const refused = await runPluginCommand('init', folder);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is not empty')]);
    expect((await runPluginCommand('init', folder, '--force')).code).toBe(0);
    expect(await readFile(path.join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('takes no kind and no name that there can not be', async () => {
    expect((await runPluginCommand('init', folder, '--type', 'widget')).code).toBe(2);
    expect((await runPluginCommand('init', folder, '--name', 'Unscoped')).code).toBe(2);
  });
});
