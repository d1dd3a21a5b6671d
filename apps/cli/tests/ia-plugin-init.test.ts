import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CONTRIBUTION_KINDS } from '@ia-modules/plugin-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';

// Bundling, sandboxes, npm and node's tests are processes of their own, and a test starts up to ten.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = path.resolve(import.meta.dirname, '../../..');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ia-plugin-init-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const types = CONTRIBUTION_KINDS.flatMap((kind) => ['--type', kind]);

describe('ia-plugin init', () => {
  it.each(['ts', 'js'])(
    'writes every kind in %s, and it builds, tests, validates and packs as it is',
    async (language) => {
      const made = await runPluginCommand('init', folder, '--name', '@acme/all', '--language', language, ...types);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { code, stdout } = await runPluginCommand('publish', folder, '--dry-run', '--json');
      expect({ code, stdout }).toMatchObject({ code: 0 });
      const { findings, tests, published } = JSON.parse(stdout);
      expect(findings).toEqual([]);
      expect(tests).toMatchObject({ units: { hasPassed: true }, hasPassed: true });
      expect(tests.fixtures.map((fixture: { differences: unknown }) => fixture.differences)).toEqual(
        types.slice(7).map(() => []),
      );
      expect(published).toEqual({ name: '@acme/all', version: '0.1.0' });
    },
  );

  it('keeps the token that login may write out of git', async () => {
    await runPluginCommand('init', folder, '--name', '@acme/tokens', '--force');
    expect((await readFile(path.join(folder, '.gitignore'), 'utf8')).split('\n')).toContain('.npmrc');
  });

  it('writes types that fit', async () => {
    await runPluginCommand('init', folder, '--name', '@acme/all', ...types);
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    const checked = await promisify(execFile)(tsc, ['-p', folder, '--customConditions', 'ia-src'], {
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
