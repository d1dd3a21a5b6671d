import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';
import { runCommand } from '../src/testing.ts';
import { createFolder, type Folder } from './run-command.ts';

// Bundling, sandboxes, npm and node's tests are processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const examples = path.resolve(import.meta.dirname, '../../../examples/plugins');
const NAMES = ['bank-numbers', 'exchange-rates', 'geo', 'plain-words', 'readability', 'redact'];

/** All of them as npm would install them, so that they find each other. */
const installAll = async (): Promise<Folder> => {
  const folder = await createFolder();
  for (const name of NAMES) {
    await cp(path.join(examples, name), path.join(folder.path, 'node_modules/@community', name), {
      recursive: true,
      filter: (source) => !/\/(?:node_modules|dist)$/.test(source.slice(examples.length)),
    });
  }
  return folder;
};

describe.each(NAMES)('the example %s', (name) => {
  let folder: Folder;
  let plugin: string;

  beforeAll(async () => {
    folder = await installAll();
    plugin = path.join(folder.path, 'node_modules/@community', name);
    return () => folder[Symbol.asyncDispose]();
  });

  it('is what its manifest says, passes its tests and has no findings', async () => {
    const tested = JSON.parse((await runPluginCommand('test', plugin, '--json')).stdout);
    expect(tested).toMatchObject({ findings: [], units: { hasPassed: true }, hasPassed: true });
    expect(tested.fixtures.length).toBeGreaterThan(0);
    expect(JSON.parse((await runPluginCommand('validate', plugin, '--json')).stdout)).toEqual({ findings: [] });
  });

  it('shows a pipeline that is valid where it and what it needs are installed', async () => {
    for (const each of new Set([name, 'readability'])) {
      await runPluginCommand('build', path.join(folder.path, 'node_modules/@community', each));
    }
    const [, pipeline = ''] =
      /```json\n([\s\S]+?)```/.exec(await readFile(path.join(plugin, 'README.md'), 'utf8')) ?? [];
    const file = await folder.write('main.json', pipeline);
    expect(await runCommand('validate', file)).toMatchObject({ code: 0, stdout: expect.stringMatching(/: valid\n$/) });
  });
});
