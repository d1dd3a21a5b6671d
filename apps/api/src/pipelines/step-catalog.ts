import { createPluginCatalog, type StepCatalog } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { PluginManifest } from '@ia-modules/plugin-sdk';
import { storedManifest } from '../plugins/stored-manifest.ts';

/** A plugin of the tenant that a definition may use. */
export type InstalledPlugin = {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly manifest: PluginManifest;
};

const BUILT_IN = [...BUILT_IN_PLUGINS.values()].map(({ alias, manifest }) => ({ prefix: `${alias}.`, manifest }));

/** What a tenant's definitions may use: what comes with the platform, and what its installed plugins contribute. */
export const createStepCatalog = (installed: readonly InstalledPlugin[]): StepCatalog => ({
  ...createPluginCatalog([
    ...BUILT_IN,
    ...installed.map(({ name, manifest }) => ({ prefix: `${name}#`, manifest: storedManifest(manifest) })),
  ]),
  plugin: (packageName) => {
    const versions = installed.flatMap(({ name, version }) => (name === packageName ? version : []));
    return versions.length === 0 ? undefined : { versions };
  },
});
