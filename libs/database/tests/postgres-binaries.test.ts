import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPostgresBinaries, hydrateLinks } from '../src/embedded/postgres-binaries.ts';

let packageRoot: string;

beforeEach(() => {
  packageRoot = mkdtempSync(path.join(os.tmpdir(), 'ia-binaries-'));
  mkdirSync(path.join(packageRoot, 'native', 'lib'), { recursive: true });
  writeFileSync(path.join(packageRoot, 'native', 'lib', 'libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(path.join(packageRoot, 'native', 'pg-symlinks.json'), JSON.stringify(links));
});

afterEach(() => {
  rmSync(packageRoot, { recursive: true, force: true });
});

test('the installed binaries run', () => {
  const { postgres, initdb } = findPostgresBinaries();
  for (const binary of [postgres, initdb]) {
    expect(spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout).toContain('(PostgreSQL) 18');
  }
});

test('missing library links are made by the script of the package', () => {
  const installed = path.resolve(findPostgresBinaries().directory, '..');
  const script = readFileSync(path.join(installed, 'scripts', 'hydrate-symlinks.js'), 'utf8');
  mkdirSync(path.join(packageRoot, 'scripts'));
  writeFileSync(path.join(packageRoot, 'package.json'), '{"type": "module"}');
  writeFileSync(path.join(packageRoot, 'scripts', 'hydrate-symlinks.js'), script);
  hydrateLinks(packageRoot);
  expect(readlinkSync(path.join(packageRoot, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
});

test('links that can not be made are named with what to do', () => {
  expect(() => hydrateLinks(packageRoot)).toThrow(/libpq\.so\.5/);
});
