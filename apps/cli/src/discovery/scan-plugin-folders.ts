import { readdirSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { didYouMean } from '@ia-modules/engine';
import { isModuleFile } from '../modules/parse-module.ts';
import type { LocalPlugin } from './local-plugin.ts';
import type { PluginCandidate } from './plugin-candidate.ts';
import { readPackagePlugin } from './read-package-plugin.ts';
import { readSinglePlugin } from './read-single-plugin.ts';

export type RefusedPlugin = {
  readonly name: string;
  /** The place that was looked at. */
  readonly origin: string;
  readonly reason: string;
  readonly hint?: string;
  /** Its place in `enabled_plugins`; undefined when that list is left out. */
  readonly index?: number;
  /** It is the folder itself that can't be read. */
  readonly isFolder?: true;
};
export type PluginScan = { readonly found: readonly LocalPlugin[]; readonly refused: readonly RefusedPlugin[] };

/** A folder whose entries are plugins, and how people know it. */
export type PluginFolder = { readonly path: string; readonly shown: string };

const NAME = /^[a-z_][a-z0-9_-]*$/;
/** What the engine itself runs. A built-in plugin may be replaced by the user's own of that name. */
const RESERVED: ReadonlySet<string> = new Set(['core', 'human', 'pipeline']);

/**
 * Finds the plugins in folders: packages with a manifest, and single modules that export what `definePlugin` makes. Runs none of them.
 * Of two with one name, the one in the earlier folder counts. Without `enabled`, all that is there.
 */
export const scanPluginFolders = (
  folders: readonly PluginFolder[],
  enabled: readonly string[] | undefined,
): PluginScan => {
  const listed = folders.map((folder) => ({ folder, entries: listEntries(folder.path) }));
  const unreadable = listed.flatMap(({ folder: { shown }, entries }): RefusedPlugin[] =>
    typeof entries === 'string' ? [{ name: shown, origin: shown, reason: entries, isFolder: true }] : [],
  );
  const readable = listed.flatMap(({ folder, entries }) => (typeof entries === 'string' ? [] : [{ folder, entries }]));
  const found = new Map<string, LocalPlugin>();
  const refused: RefusedPlugin[] = [...unreadable];
  const take = (name: string, { folder, entries }: Readable): void => {
    const origin = `${folder.shown.replace(/\/$/, '')}/${entries.get(name)}`;
    const earlier = found.get(name);
    const candidate = readCandidate(name, { folder, entries });
    if (earlier !== undefined)
      refused.push({ name, origin, reason: `${earlier.origin} has the same name and comes first` });
    else if ('code' in candidate) found.set(name, candidate);
    else refused.push({ name, origin, ...candidate, ...placeIn(enabled, name) });
  };
  for (const place of readable) {
    for (const name of place.entries.keys()) if (enabled?.includes(name) ?? true) take(name, place);
  }
  if (readable.length > 0) refused.push(...findMissing(enabled ?? [], readable));
  return { found: [...found.values()], refused };
};

type Readable = { readonly folder: PluginFolder; readonly entries: ReadonlyMap<string, string> };

const placeIn = (enabled: readonly string[] | undefined, name: string): Pick<RefusedPlugin, 'index'> =>
  enabled === undefined ? {} : { index: enabled.indexOf(name) };

/** What is enabled and lies nowhere. */
const findMissing = (enabled: readonly string[], places: readonly Readable[]): RefusedPlugin[] => {
  const names = places.flatMap(({ entries }) => [...entries.keys()]);
  const shown = places.map(({ folder }) => folder.shown).join(', ');
  return enabled.flatMap((name, index) => {
    if (names.includes(name)) return [];
    const hint = didYouMean(name, names);
    const reason = `nothing in ${shown} has this name`;
    return [{ name, origin: shown, reason, index, ...(hint === undefined ? {} : { hint }) }];
  });
};

/** File or folder names by the name of the plugin; a text says why there are none. */
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

const readCandidate = (name: string, { folder, entries }: Readable): PluginCandidate => {
  if (RESERVED.has(name)) return { reason: 'the name belongs to the platform’s own steps' };
  if (!NAME.test(name)) {
    return { reason: 'pipelines could not name it', hint: 'Use lower-case letters, digits, _ and -.' };
  }
  const entry = entries.get(name) ?? name;
  const place = { name, path: resolve(folder.path, entry), shown: `${folder.shown.replace(/\/$/, '')}/${entry}` };
  return isModuleFile(entry) ? readSinglePlugin(place) : readPackagePlugin(place);
};
