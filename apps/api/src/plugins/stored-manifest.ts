import { CONTRIBUTION_LISTS, type PluginManifest } from '@ia-modules/plugin-sdk';

const NO_CONTRIBUTIONS = Object.fromEntries(Object.values(CONTRIBUTION_LISTS).map((list) => [list, []]));

/** A manifest as the catalogue keeps it, with what the manifests of its time did not have yet. */
export const storedManifest = (stored: Partial<PluginManifest>): PluginManifest =>
  ({
    runtime: 'sandbox',
    concurrency: 1,
    dependencies: {},
    ...stored,
    contributions: { ...NO_CONTRIBUTIONS, ...stored.contributions },
    permissions: { net: [], secrets: [], blobs: false, ...stored.permissions },
  }) as PluginManifest;
