import { readdirSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { didYouMean } from '@ia-modules/engine';
import { isModuleFile } from '../modules/parse-module.ts';
import { BUILT_IN_PLUGINS, type LocalPlugin } from '../steps/local-plugins.ts';
import type { PluginCandidate } from './plugin-candidate.ts';
import type { PluginConfig } from './plugin-config.ts';
import { readPackagePlugin } from './read-package-plugin.ts';
import { readSinglePlugin } from './read-single-plugin.ts';

export type RefusedPlugin = {
  readonly name: string;
  readonly reason: string;
  readonly hint?: string;
  /** Its place in `enabled_plugins`; undefined when that list is left out. */
  readonly index?: number;
  /** It is the folder itself that can't be read. */
  readonly isFolder?: true;
};
export type PluginScan = { readonly found: readonly LocalPlugin[]; readonly refused: readonly RefusedPlugin[] };

const NAME = /^[a-z_][a-z0-9_-]*$/;
const RESERVED: ReadonlySet<string> = new Set([
  'core',
  'human',
  'pipeline',
  ...BUILT_IN_PLUGINS.map(({ name }) => name),
]);

/**
 * Finds the plugins of a pipeline's `plugins_dir`: folders with a manifest, and single modules that export what `definePlugin`
 * makes. Runs none of them. Without `enabled_plugins`, all that is there.
 */
export const scanPluginFolder = (directory: string, config: PluginConfig): PluginScan => {
  const folder = resolve(directory, config.pluginsDir);
  const entries = listEntries(folder);
  if (typeof entries === 'string') {
    return { found: [], refused: [{ name: config.pluginsDir, reason: entries, isFolder: true }] };
  }
  const names = config.enabledPlugins ?? [...entries.keys()];
  const found: LocalPlugin[] = [];
  const refused: RefusedPlugin[] = [];
  for (const [index, name] of names.entries()) {
    const candidate = readCandidate(name, { folder, entries, shown: config.pluginsDir });
    if ('load' in candidate) found.push(candidate);
    else refused.push({ name, ...candidate, ...(config.enabledPlugins === undefined ? {} : { index }) });
  }
  return { found, refused };
};

type PluginFolder = {
  readonly folder: string;
  /** File or folder names by the name of the plugin. */
  readonly entries: ReadonlyMap<string, string>;
  readonly shown: string;
};

const listEntries = (folder: string): ReadonlyMap<string, string> | string => {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules',
    );
    const plugins = entries.filter((entry) => !entry.isFile() || isPluginFile(entry.name));
    const named = plugins.map((entry): [string, string] => [
      entry.isFile() ? parse(entry.name).name : entry.name,
      entry.name,
    ]);
    return new Map(named.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ENOENT' ? 'there is no such folder' : `it can not be read: ${code}`;
  }
};

const isPluginFile = (file: string): boolean => isModuleFile(file) && !/\.(?:test|spec)\.\w+$/.test(file);

const readCandidate = (name: string, { folder, entries, shown }: PluginFolder): PluginCandidate => {
  const entry = entries.get(name);
  if (entry === undefined) {
    const hint = didYouMean(name, entries.keys());
    return { reason: `nothing in ${shown} has this name`, ...(hint === undefined ? {} : { hint }) };
  }
  if (RESERVED.has(name)) return { reason: 'the name belongs to the platform’s own steps' };
  if (!NAME.test(name)) {
    return { reason: 'pipelines could not name it', hint: 'Use lower-case letters, digits, _ and -.' };
  }
  const place = { name, path: resolve(folder, entry), shown: `${shown.replace(/\/$/, '')}/${entry}` };
  return isModuleFile(entry) ? readSinglePlugin(place) : readPackagePlugin(place);
};
