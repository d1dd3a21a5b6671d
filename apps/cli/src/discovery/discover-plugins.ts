import { delimiter, isAbsolute, resolve } from 'node:path';
import { resolvePlugins } from '@ia-modules/plugin-sdk/dependencies';
import { readPluginsPath } from '../config.ts';
import { createInstalledPackages, type InstalledPackages } from './installed-packages.ts';
import type { LocalPlugin } from './local-plugin.ts';
import type { PluginConfig } from './plugin-config.ts';
import { type PluginFolder, type PluginScan, type RefusedPlugin, scanPluginFolders } from './scan-plugin-folders.ts';

/** What is at hand in a folder beside the built-in plugins. */
export type Discovery = PluginScan & { readonly packages: InstalledPackages };

/**
 * Finds plugins: in the pipeline's `plugins_dir`, then in the folders of `IA_PLUGINS_PATH`, and among the packages that npm installed.
 * One whose dependencies are not there is refused.
 */
export const discoverPlugins = (directory: string, config: PluginConfig | undefined): Discovery => {
  const packages = createInstalledPackages(directory);
  const folders = [...ownFolder(directory, config), ...pathFolders(directory, readPluginsPath())];
  const scan = scanPluginFolders(folders, config?.enabledPlugins);
  const lacking = scan.found.flatMap((plugin) => lackOf(plugin, packages));
  const refusedNames = new Set(lacking.map(({ name }) => name));
  return {
    found: scan.found.filter(({ name }) => !refusedNames.has(name)),
    refused: [...scan.refused, ...lacking],
    packages,
  };
};

const ownFolder = (directory: string, config: PluginConfig | undefined): readonly PluginFolder[] =>
  config === undefined ? [] : [{ path: resolve(directory, config.pluginsDir), shown: config.pluginsDir }];

const pathFolders = (directory: string, variable: string): readonly PluginFolder[] =>
  variable
    .split(delimiter)
    .filter((part) => part !== '')
    .map((part) => ({ path: isAbsolute(part) ? part : resolve(directory, part), shown: part }));

/** The installed packages that a plugin names must be there, in a version that fits, and so on for theirs. */
export const lackOf = (plugin: LocalPlugin, packages: InstalledPackages): RefusedPlugin[] => {
  const wanted = Object.entries(plugin.dependencies).map(([name, range]) => ({ name, range }));
  if (wanted.length === 0) return [];
  const resolution = resolvePlugins({
    wanted,
    candidates: (name) => {
      const { version, dependencies } = packages.find(name) ?? {};
      return version === undefined || dependencies === undefined ? [] : [{ name, version, dependencies }];
    },
  });
  if (resolution.ok) return [];
  const [problem] = resolution.problems;
  return [
    {
      name: plugin.name,
      origin: plugin.origin,
      reason: problem?.message.replace(/\.$/, '') ?? 'its dependencies do not fit',
      ...(problem?.hint === undefined ? {} : { hint: problem.hint }),
    },
  ];
};
