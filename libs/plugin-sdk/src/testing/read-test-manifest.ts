import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type ContributionKind } from '../contribution.ts';
import type { Plugin } from '../define-plugin.ts';
import { PlatformError } from '../errors.ts';
import { MANIFEST_API_VERSION, type PluginGrant, type PluginManifest } from '../manifest.ts';
import { parseManifest } from '../parse-manifest.ts';

export type ManifestSource = {
  readonly plugin: Plugin;
  /** A package.json that was read and parsed. */
  readonly packageJson?: unknown;
  readonly manifest?: PluginManifest;
  readonly grant?: Partial<PluginGrant>;
};
export type TestPackage = { readonly name: string; readonly version: string; readonly manifest: PluginManifest };

/** Finds what a plugin under test declares; without a package, all that its code says of itself, with the grant as its permissions. */
export const readTestManifest = ({ plugin, packageJson, manifest, grant = {} }: ManifestSource): TestPackage => {
  if (manifest !== undefined) return { name: UNNAMED, version: '0.0.0', manifest };
  const parsed = parseManifest(packageJson ?? packageOf(plugin, grant));
  if (parsed.ok) return { name: parsed.package.name, version: parsed.package.version, manifest: parsed.manifest };
  throw new PlatformError({
    code: 'IA_PLUGIN_MANIFEST',
    message: `The manifest is not valid: ${parsed.diagnostics.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
    details: { diagnostics: parsed.diagnostics },
  });
};

const UNNAMED = '@test/plugin';

const packageOf = ({ contributions }: Plugin, permissions: Partial<PluginGrant>): object => {
  const listOf = (kind: ContributionKind) =>
    contributions.filter((contribution) => contribution.kind === kind).map((contribution) => contribution.describe());
  const lists = CONTRIBUTION_KINDS.map((kind) => [CONTRIBUTION_LISTS[kind], listOf(kind)] as const);
  return {
    name: UNNAMED,
    version: '0.0.0',
    iaModules: { apiVersion: MANIFEST_API_VERSION, contributions: Object.fromEntries(lists), permissions },
  };
};
