import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PluginReference } from '@ia-modules/engine';
import type { BuiltInPlugin } from './built-in-plugins.ts';

/** What can be loaded of a package: no types, no tests, no source maps. */
const CODE = /\.(?:js|ts|json|wasm)$/;
const NO_CODE = /\.(?:d|test|test-d)\.ts$/;

const references = new Map<string, Promise<PluginReference>>();

/**
 * Names exactly what runs as a built-in plugin. Its `integrity` is the SRI sha512 over its package.json and the code files
 * beside its entry, each with its path and size, in the order of their paths: another one is other code. Read once in a process.
 */
export const builtInReference = (plugin: Pick<BuiltInPlugin, 'name' | 'version'>): Promise<PluginReference> => {
  const known = references.get(plugin.name) ?? readReference(plugin);
  references.set(plugin.name, known);
  known.catch(() => references.delete(plugin.name));
  return known;
};

const readReference = async ({ name, version }: Pick<BuiltInPlugin, 'name' | 'version'>): Promise<PluginReference> => {
  const packageFile = fileURLToPath(import.meta.resolve(`${name}/package.json`));
  const entry = fileURLToPath(import.meta.resolve(name));
  const hash = createHash('sha512');
  for (const file of [packageFile, ...(await codeFilesBelow(path.dirname(entry)))]) {
    const content = await readFile(file);
    const place = path.relative(path.dirname(packageFile), file).replaceAll(path.sep, '/');
    hash.update(`${place}\0${content.length}\0`).update(content);
  }
  return { name, version, integrity: `sha512-${hash.digest('base64')}` };
};

const codeFilesBelow = async (directory: string): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && CODE.test(entry.name) && !NO_CODE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
};
