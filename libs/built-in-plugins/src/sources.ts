import httpPackage from '@ia-modules/plugin-http/package.json' with { type: 'json' };
import type { Plugin } from '@ia-modules/plugin-sdk';

export type BuiltInSource = {
  readonly packageJson: unknown;
  readonly load: () => Promise<{ readonly plugin: Plugin }>;
};

/** One line for each package under plugins/, by the alias that pipelines use. */
export const SOURCES: Readonly<Record<string, BuiltInSource>> = {
  http: { packageJson: httpPackage, load: () => import('@ia-modules/plugin-http') },
};
