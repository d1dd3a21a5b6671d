import type { StepCatalog, StepContract } from '@ia-modules/engine';
import httpPackage from '@ia-modules/plugin-http/package.json' with { type: 'json' };
import { parseManifest } from '@ia-modules/plugin-sdk';

/** What the manifests of the plugins declare that the command line runs in its own process. */
const readContracts = (alias: string, packageJson: unknown): [string, StepContract][] => {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) throw new Error(`The manifest of the built-in plugin ${alias} is not valid.`);
  return parsed.manifest.contributions.steps.map(({ name, input, output, description }) => [
    `${alias}.${name}`,
    { input, output, description },
  ]);
};

const CONTRACTS: ReadonlyMap<string, StepContract> = new Map(readContracts('http', httpPackage));

/** The step types that run without the platform. */
export const createLocalCatalog = (): StepCatalog => ({
  find: (uses) => CONTRACTS.get(uses) ?? (uses.includes('#') ? {} : undefined),
  names: () => CONTRACTS.keys(),
});
