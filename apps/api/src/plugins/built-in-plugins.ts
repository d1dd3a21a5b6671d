import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BuiltInPlugin, BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';

/** A plugin that comes with the platform, as people see it. */
export type ShownBuiltIn = BuiltInPlugin & { readonly icon: string | null };

const require = createRequire(import.meta.resolve('@ia-modules/built-in-plugins'));

const readIcon = async ({ name, manifest }: BuiltInPlugin): Promise<string | null> => {
  if (manifest.icon === undefined) return null;
  const folder = path.dirname(require.resolve(`${name}/package.json`));
  const svg = await readFile(path.join(folder, manifest.icon)).catch(() => null);
  return svg === null ? null : `data:image/svg+xml;base64,${svg.toString('base64')}`;
};

let shown: Promise<readonly ShownBuiltIn[]> | undefined;

/** All plugins that come with the platform; their icons are read once. */
export const listBuiltInPlugins = (): Promise<readonly ShownBuiltIn[]> => {
  shown ??= Promise.all(
    [...BUILT_IN_PLUGINS.values()].map(async (plugin) => ({ ...plugin, icon: await readIcon(plugin) })),
  );
  return shown;
};
