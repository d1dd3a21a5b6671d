import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { contributionsOf } from '@ia-modules/plugin-sdk';
import { type LocalPlugin, toLocalContribution } from './local-plugin.ts';

/** The plugins that come with the platform, by their name. */
export const BUILT_IN: ReadonlyMap<string, LocalPlugin> = new Map(
  [...BUILT_IN_PLUGINS.values()].map((plugin): [string, LocalPlugin] => [
    plugin.alias,
    {
      name: plugin.alias,
      origin: 'built in',
      version: plugin.version,
      contributions: contributionsOf(plugin.manifest).map(toLocalContribution),
      dependencies: plugin.manifest.dependencies,
      code: { runsIn: 'process', load: async () => plugin },
    },
  ]),
);
