import type { StepCatalog, StepContract } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { PluginManifest } from '@ia-modules/plugin-sdk';

/** A plugin of the tenant that a definition may use. */
export type InstalledPlugin = {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly manifest: PluginManifest;
};

const toContract = (step: PluginManifest['contributions']['steps'][number]): StepContract => ({
  input: step.input,
  output: step.output,
  description: step.description,
});

/** The steps of the plugins that come with the platform. */
const BUILTIN_STEPS = [...BUILT_IN_PLUGINS.values()].flatMap(({ alias, manifest }) =>
  manifest.contributions.steps.map((step): [string, StepContract] => [`${alias}.${step.name}`, toContract(step)]),
);

/** What stands around steps gets an input of its own, whose form no contract tells. */
const CALLED: StepContract = {};

/**
 * What a tenant's definitions may use: the steps that come with the platform and those of its installed plugins, which may
 * also be called around steps.
 */
export const createStepCatalog = (installed: readonly InstalledPlugin[]): StepCatalog => {
  const contracts = new Map<string, StepContract>(BUILTIN_STEPS);
  for (const { name, manifest } of installed) {
    for (const step of manifest.contributions.steps) contracts.set(`${name}#${step.name}`, toContract(step));
  }
  return {
    find: (uses) => contracts.get(uses),
    names: () => contracts.keys(),
    findContribution: (_kind, uses) => (contracts.has(uses) ? CALLED : undefined),
    contributionNames: () => contracts.keys(),
    plugin: (packageName) => {
      const versions = installed.flatMap(({ name, version }) => (name === packageName ? version : []));
      return versions.length === 0 ? undefined : { versions };
    },
  };
};
