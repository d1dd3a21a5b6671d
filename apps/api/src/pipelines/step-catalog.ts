import type { StepCatalog, StepContract } from '@ia-modules/engine';
import httpPackage from '@ia-modules/plugin-http/package.json' with { type: 'json' };
import { parseManifest, type PluginManifest } from '@ia-modules/plugin-sdk';

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

const builtinSteps = (alias: string, packageJson: unknown): [string, StepContract][] => {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) throw new Error(`The manifest of the built-in plugin ${alias} is not valid.`);
  return parsed.manifest.contributions.steps.map((step) => [`${alias}.${step.name}`, toContract(step)]);
};

/** The plugins that come with the platform. */
const BUILTIN_STEPS = builtinSteps('http', httpPackage);

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
