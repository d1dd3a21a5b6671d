import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { createPluginCatalog, parseUses, type StepCatalog } from '@ia-modules/engine';
import { storedManifest } from '../plugins/stored-manifest.ts';
import { type InstalledPlugin, pickInstalled } from './installed-plugins.ts';

const BUILT_IN = [...BUILT_IN_PLUGINS.values()].map(({ alias, manifest }) => ({ prefix: `${alias}.`, manifest }));

type PluginCatalog = ReturnType<typeof createPluginCatalog>;

export type StepCatalogInit = {
  readonly installed: readonly InstalledPlugin[];
  /** The versions of packages that the marketplace has, where they are known. */
  readonly available?: ReadonlyMap<string, readonly string[]> | undefined;
};

/** What a tenant's definitions may use: what comes with the platform, and what the versions of its plugins contribute. */
export const createStepCatalog = ({ installed, available }: StepCatalogInit): StepCatalog => {
  const ofDefaults = createPluginCatalog([
    ...BUILT_IN,
    ...installed.filter(({ isDefault }) => isDefault).map(cataloguedAs),
  ]);
  const ofOthers = new Map<InstalledPlugin, PluginCatalog>();
  const catalogOf = (uses: string, range = '*'): PluginCatalog => {
    const parsed = range === '*' ? undefined : parseUses(uses);
    if (parsed?.kind !== 'package') return ofDefaults;
    const picked = pickInstalled(installed, parsed.packageName, range);
    if (picked === undefined || picked.isDefault) return ofDefaults;
    const catalog = ofOthers.get(picked) ?? createPluginCatalog([cataloguedAs(picked)]);
    ofOthers.set(picked, catalog);
    return catalog;
  };
  return {
    ...ofDefaults,
    find: (uses, range) => catalogOf(uses, range).find(uses),
    findContribution: (kind, uses, range) => catalogOf(uses, range).findContribution(kind, uses),
    plugin: (packageName) => {
      const versions = installed.flatMap(({ name, version }) => (name === packageName ? version : []));
      const others = available?.get(packageName);
      return versions.length === 0 && others === undefined ? undefined : { versions, available: others };
    },
  };
};

const cataloguedAs = ({ name, manifest }: InstalledPlugin) => ({
  prefix: `${name}#`,
  manifest: storedManifest(manifest),
});
