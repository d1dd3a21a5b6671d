import type { LocalPlugin } from './local-plugin.ts';
import { BUILT_IN } from './built-in-plugins.ts';
import { discoverPlugins, lackOf } from './discover-plugins.ts';
import type { PluginConfig } from './plugin-config.ts';
import type { RefusedPlugin } from './scan-plugin-folders.ts';

/** A plugin that was found, or what was looked at and is none that can be used, with the reason. */
export type ListedPlugin = {
  readonly name: string;
  readonly version: string | null;
  readonly source: 'built in' | 'folder' | 'package';
  readonly origin: string;
  /** Null of a refused one. */
  readonly runsIn: 'process' | 'sandbox' | null;
  /** `step ask`, `validator short`; empty when only loading it would tell. */
  readonly contributions: readonly string[];
  readonly refused: { readonly reason: string; readonly hint: string | null } | null;
};

/** Everything that pipelines of a folder may use, and what they may not: folders, packages of npm, and what is built in. */
export const listPlugins = (directory: string, config: PluginConfig | undefined): readonly ListedPlugin[] => {
  const { found, refused, packages } = discoverPlugins(directory, config);
  const installed = packages.list();
  const lacking = installed.found.flatMap((plugin) => lackOf(plugin, packages));
  const usable = installed.found.filter(({ name }) => !lacking.some((other) => other.name === name));
  return [
    ...found.map((plugin) => listFound(plugin, 'folder')),
    ...usable.map((plugin) => listFound(plugin, 'package')),
    ...[...BUILT_IN.values()].map((plugin) => listFound(plugin, 'built in')),
    ...refused.map((plugin) => listRefused(plugin, 'folder')),
    ...[...installed.refused, ...lacking].map((plugin) => listRefused(plugin, 'package')),
  ];
};

const listFound = (plugin: LocalPlugin, source: ListedPlugin['source']): ListedPlugin => ({
  name: plugin.name,
  version: plugin.version ?? null,
  source,
  origin: plugin.origin,
  runsIn: plugin.code.runsIn,
  contributions: plugin.contributions?.map(({ kind, name }) => `${kind} ${name}`) ?? [],
  refused: null,
});

const listRefused = ({ name, origin, reason, hint }: RefusedPlugin, source: ListedPlugin['source']): ListedPlugin => ({
  name,
  version: null,
  source,
  origin,
  runsIn: null,
  contributions: [],
  refused: { reason, hint: hint ?? null },
});
