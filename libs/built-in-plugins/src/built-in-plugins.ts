import { parseManifest, type Plugin, type PluginManifest, type PluginPackage } from '@ia-modules/plugin-sdk';
import { SOURCES, type BuiltInSource } from './sources.ts';

/** A plugin that comes with the platform. Pipelines use it without naming a package: `http.request`. */
export type BuiltInPlugin = {
  /** What pipelines call it. */
  readonly alias: string;
  /** Its package. */
  readonly name: string;
  readonly version: string;
  readonly description: PluginPackage['description'];
  readonly manifest: PluginManifest;
  /** Imports its code. */
  readonly load: () => Promise<Plugin>;
};

const readSource = ([alias, { packageJson, load }]: [string, BuiltInSource]): [string, BuiltInPlugin] => {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) {
    const problems = parsed.diagnostics.map(({ path, message }) => `${path} ${message}`);
    throw new Error(`The manifest of the built-in plugin ${alias} is not valid: ${problems.join('; ')}`);
  }
  const { name, version, description } = parsed.package;
  const importPlugin = async (): Promise<Plugin> => (await load()).plugin;
  return [alias, { alias, name, version, description, manifest: parsed.manifest, load: importPlugin }];
};

/** All of them, by their alias. */
export const BUILT_IN_PLUGINS: ReadonlyMap<string, BuiltInPlugin> = new Map(Object.entries(SOURCES).map(readSource));

/** The one whose package is called so. */
export const builtInNamed = (name: string): BuiltInPlugin | undefined =>
  BUILT_IN_PLUGINS.values().find((plugin) => plugin.name === name);
