import type { StepContract } from '@ia-modules/engine';
import { httpPlugin } from '@ia-modules/plugin-http';
import httpPackage from '@ia-modules/plugin-http/package.json' with { type: 'json' };
import { parseManifest, type Plugin, type PluginManifest } from '@ia-modules/plugin-sdk';

/** A plugin that the command line runs in its own process, with its rights. */
export type LocalPlugin = {
  /** What pipelines call it: `http` in `http.request`. */
  readonly name: string;
  /** Where it is from, for people. */
  readonly origin: string;
  /** What it contributes; undefined when only loading it would tell. */
  readonly contracts: ReadonlyMap<string, StepContract> | undefined;
  readonly load: () => Promise<Plugin>;
};

export const contractsOf = ({ contributions }: PluginManifest): ReadonlyMap<string, StepContract> =>
  new Map(contributions.steps.map(({ name, input, output, description }) => [name, { input, output, description }]));

const builtIn = (name: string, plugin: Plugin, packageJson: unknown): LocalPlugin => {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) throw new Error(`The manifest of the built-in plugin ${name} is not valid.`);
  return { name, origin: 'built in', contracts: contractsOf(parsed.manifest), load: async () => plugin };
};

/** The platform's own plugins. */
export const BUILT_IN_PLUGINS: readonly LocalPlugin[] = [builtIn('http', httpPlugin, httpPackage)];
