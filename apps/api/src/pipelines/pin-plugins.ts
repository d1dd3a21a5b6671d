import { parsePackageSpec, parseUses, type PipelineDefinition, rangeOfPackage } from '@ia-modules/engine';
import { storedManifest } from '../plugins/stored-manifest.ts';
import { listUses } from './definition-uses.ts';
import { type InstalledPlugin, pickInstalled } from './installed-plugins.ts';
import type { PinnedPlugin } from './pipeline-rows.ts';

type Wanted = { readonly key: string; readonly name: string; readonly range: string };

/** Pins every package that a definition names, under its alias or else under its name, and what those need in turn. */
export const pinPlugins = (
  definition: PipelineDefinition,
  installed: readonly InstalledPlugin[],
): Readonly<Record<string, PinnedPlugin>> => {
  const named = [...aliased(definition), ...usedByName(definition)].flatMap(({ key, name, range }) => {
    const plugin = pickInstalled(installed, name, range);
    return plugin === undefined ? [] : [{ key, plugin }];
  });
  const needs = needsOf(
    named.map(({ plugin }) => plugin),
    installed,
  );
  const versions = versionsByName([...named, ...needs].map(({ plugin }) => plugin));
  const pinned = new Map(named.map(({ key, plugin }) => [key, plugin]));
  for (const { range, plugin } of needs) {
    const { name } = plugin;
    if ((versions.get(name)?.size ?? 0) > 1) pinned.set(`${name}@${range}`, plugin);
    else if (!named.some((other) => other.plugin.name === name)) pinned.set(name, plugin);
  }
  return Object.fromEntries(
    [...pinned].map(([key, { name, version, integrity }]) => [key, { name, version, integrity }]),
  );
};

const aliased = ({ plugins = {} }: PipelineDefinition): readonly Wanted[] =>
  Object.entries(plugins).map(([key, spec]) => {
    const { packageName, range } = parsePackageSpec(spec);
    return { key, name: packageName, range };
  });

/** Those whose alias is the only one of their package share its version. */
const usedByName = (definition: PipelineDefinition): readonly Wanted[] => {
  const aliases = aliased(definition);
  const names = listUses(definition).flatMap(({ uses }) => {
    const parsed = parseUses(uses);
    if (parsed?.kind !== 'package' || parsed.range !== undefined) return [];
    const { packageName: name } = parsed;
    const range = rangeOfPackage(name, definition.plugins);
    return aliases.some((alias) => alias.name === name && alias.range === range) ? [] : name;
  });
  return [...new Set(names)].map((name) => ({ key: name, name, range: '*' }));
};

type Need = { readonly range: string; readonly plugin: InstalledPlugin };

/** What plugins call in turn, at whatever distance. */
const needsOf = (plugins: readonly InstalledPlugin[], installed: readonly InstalledPlugin[]): readonly Need[] => {
  const reached = new Set(plugins);
  const needs = new Map<string, Need>();
  for (const { manifest } of reached) {
    for (const [name, range] of Object.entries(storedManifest(manifest).dependencies)) {
      const plugin = pickInstalled(installed, name, range);
      if (plugin === undefined) continue;
      needs.set(`${name}@${range}`, { range, plugin });
      reached.add(plugin);
    }
  }
  return [...needs.values()];
};

const versionsByName = (plugins: readonly InstalledPlugin[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of plugins) versions.set(name, (versions.get(name) ?? new Set()).add(version));
  return versions;
};
