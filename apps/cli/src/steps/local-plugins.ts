import type { StepContract } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS as BUILT_IN } from '@ia-modules/built-in-plugins';
import type { Plugin, PluginManifest } from '@ia-modules/plugin-sdk';

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

/** The platform's own plugins. */
export const BUILT_IN_PLUGINS: readonly LocalPlugin[] = [...BUILT_IN.values()].map(({ alias, manifest, load }) => ({
  name: alias,
  origin: 'built in',
  contracts: contractsOf(manifest),
  load,
}));
