import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const scripts = path.resolve(import.meta.dirname, '../scripts');
const UP_TO_DATE = 'Dependencies are up to date.';
const INSTALLED = 'Dependencies are installed.';

let folder: string;

/** A repository with the real scripts and a lockfile that asks for nothing from outside. */
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ia-setup-'));
  cpSync(scripts, path.join(folder, 'scripts'), { recursive: true });
  mkdirSync(path.join(folder, 'own'));
  writeFileSync(path.join(folder, 'own/package.json'), JSON.stringify({ name: 'own', version: '1.0.0' }));
  lock('1.0.0');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lock(version: string): void {
  const manifest = { name: 'fixture', version, workspaces: ['own'] };
  const packages = {
    '': manifest,
    'node_modules/own': { resolved: 'own', link: true },
    own: { version: '1.0.0' },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ name: 'fixture', version, lockfileVersion: 3, requires: true, packages }),
  );
}

async function setUp(): Promise<string> {
  const { stderr } = await promisify(execFile)(process.execPath, ['scripts/setup.mjs'], {
    cwd: folder,
    env: { ...process.env, npm_config_cache: path.join(folder, 'cache'), npm_config_omit: 'dev' },
  });
  return stderr;
}

test('it installs once, and again when the lockfile changed', async () => {
  expect(await setUp()).toContain(INSTALLED);
  expect(existsSync(path.join(folder, 'node_modules/own/package.json'))).toBe(true);
  expect(await setUp()).toContain(UP_TO_DATE);
  lock('1.0.1');
  expect(await setUp()).toContain(INSTALLED);
});

test('two at once install once: the second waits', async () => {
  const outputs = await Promise.all([setUp(), setUp()]);
  expect(outputs.filter((output) => output.includes(INSTALLED))).toHaveLength(1);
  expect(outputs.filter((output) => output.includes(UP_TO_DATE))).toHaveLength(1);
});

test('an installation that was cut off is done again', async () => {
  mkdirSync(path.join(folder, 'node_modules/half'), { recursive: true });
  const staleLock = path.join(folder, '.ia-install.lock');
  writeFileSync(staleLock, '1');
  const longAgo = new Date(Date.now() - 600_000);
  utimesSync(staleLock, longAgo, longAgo);
  expect(await setUp()).toContain(INSTALLED);
  expect(existsSync(staleLock)).toBe(false);
  expect(existsSync(path.join(folder, 'node_modules/half'))).toBe(false);
});

test('an old Node is told what to install', async () => {
  const { checkNode } = (await import(path.join(scripts, 'setup.mjs'))) as { checkNode: (version: string) => void };
  expect(() => checkNode('18.20.0')).toThrow(/Node 18\.20\.0 is too old: install Node 20 or newer/);
  expect(() => checkNode('20.0.0')).not.toThrow();
});

test('a clone without a lockfile is named', async () => {
  rmSync(path.join(folder, 'package-lock.json'));
  await expect(setUp()).rejects.toMatchObject({ stderr: expect.stringContaining('package-lock.json is missing') });
});
