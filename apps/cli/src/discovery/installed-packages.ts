import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { contributionsOf, parseManifest } from '@ia-modules/plugin-sdk';
import { type LocalPlugin, toLocalContribution } from './local-plugin.ts';
import { describeProblems, isFile, readPackageJson } from './read-package-plugin.ts';
import type { PluginScan, RefusedPlugin } from './scan-plugin-folders.ts';

/** Plugins that npm has installed for a folder: in its `node_modules` or one above. They run in the sandbox. */
export type InstalledPackages = {
  /** Undefined when there is none of that name, or it is no plugin. */
  readonly find: (packageName: string) => LocalPlugin | undefined;
  /** All of them, nearest first, and packages that say they are plugins and can't be used. */
  readonly list: () => PluginScan;
};

const PACKAGE = /^@[a-z0-9~][a-z0-9._~-]*\/[a-z0-9~][a-z0-9._~-]*$/;

export const createInstalledPackages = (directory: string): InstalledPackages => {
  const folders = modulesAbove(directory);
  const known = new Map<string, LocalPlugin | RefusedPlugin | undefined>();
  const read = (name: string): LocalPlugin | RefusedPlugin | undefined => {
    if (!known.has(name)) known.set(name, readFirst(folders, name));
    return known.get(name);
  };
  return {
    find: (name) => {
      const plugin = PACKAGE.test(name) ? read(name) : undefined;
      return plugin !== undefined && 'code' in plugin ? plugin : undefined;
    },
    list: () => {
      const names = new Set(folders.flatMap(scopedPackages));
      const all = [...names].flatMap((name) => read(name) ?? []);
      return {
        found: all.filter((plugin) => 'code' in plugin),
        refused: all.filter((plugin) => 'reason' in plugin),
      };
    },
  };
};

const modulesAbove = (directory: string): readonly string[] => {
  const folders: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules'));
    if (folder === parse(folder).root) return folders;
  }
};

const readFirst = (folders: readonly string[], name: string): LocalPlugin | RefusedPlugin | undefined => {
  for (const folder of folders) {
    const path = join(folder, name);
    const packageJson = readPackageJson(path);
    if (packageJson !== undefined) return isPlugin(packageJson) ? readInstalled(path, name, packageJson) : undefined;
  }
  return undefined;
};

const isPlugin = (packageJson: unknown): boolean =>
  typeof packageJson === 'object' && packageJson !== null && 'iaModules' in packageJson;

const readInstalled = (path: string, name: string, packageJson: unknown): LocalPlugin | RefusedPlugin => {
  const parsed = parseManifest(packageJson);
  const refused = (reason: string, hint?: string): RefusedPlugin => ({
    name,
    origin: path,
    reason,
    ...(hint === undefined ? {} : { hint }),
  });
  if (!parsed.ok) return refused(describeProblems(parsed));
  const { manifest } = parsed;
  const { version } = parsed.package;
  if (parsed.package.name !== name) return refused(`its package.json calls it ${parsed.package.name}`);
  if (manifest.runtime === 'trusted') return refused('only the platform’s own plugins run outside of the sandbox');
  if (!isFile(join(path, manifest.entry))) return refused(`its module ${manifest.entry} is missing`, 'Build it.');
  const directory = realpathSync(path);
  return {
    name,
    origin: path,
    version,
    contributions: contributionsOf(manifest).map(toLocalContribution),
    dependencies: manifest.dependencies,
    // What npm checked when it installed the package is not checked again: here the folder is the identity.
    code: { runsIn: 'sandbox', plugin: { name, version, integrity: directory, directory, manifest } },
  };
};

const scopedPackages = (folder: string): string[] =>
  listFolder(folder)
    .filter((scope) => scope.startsWith('@'))
    .flatMap((scope) => listFolder(join(folder, scope)).map((name) => `${scope}/${name}`))
    .filter((name) => PACKAGE.test(name));

const listFolder = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
};
