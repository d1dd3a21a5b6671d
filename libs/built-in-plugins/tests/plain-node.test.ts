import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');

/** Modules of plugins, and of what they share; what a process starts with is run by the tests of its own plugin. */
const modules = globSync('{plugins/*,libs/plugin-sql,libs/http-client,libs/bounded-work}/src/**/*.ts', { cwd: root })
  .filter((file) => !/\.(?:test|d)\.ts$|-main\.ts$/.test(file))
  .map((file) => pathToFileURL(path.join(root, file)).href);

const IMPORT_ALL = `
  const loaded = await Promise.allSettled(process.argv.slice(1).map((url) => import(url)));
  console.log(JSON.stringify(loaded.flatMap(({ reason }) => (reason ? [String(reason)] : []))));
  process.exit();
`;

// The runner of these tests is kinder to imports from CommonJS than Node, in which workers run.
it('lets Node itself import every module of every plugin', { timeout: 60_000 }, async () => {
  const args = [
    '--conditions=ia-src',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    IMPORT_ALL,
  ];
  const { stdout } = await run(process.execPath, [...args, ...modules]);
  expect(modules.length).toBeGreaterThan(100);
  expect(JSON.parse(stdout)).toEqual([]);
});
