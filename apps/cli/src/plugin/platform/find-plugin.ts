import { manifestSchema, type PluginManifest } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { foreignAnswer, notFound } from '../../platform/api-failure.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';
import { type CataloguePlugin, type ListedVersion, pluginByName, pluginVersion } from './plugin-documents.ts';

/** A package and the versions of it that are meant. */
export type PluginSpec = { readonly name: string; readonly range: string | undefined };

/** One version of a package, as the catalogue has it. */
export type ChosenVersion = {
  readonly plugin: CataloguePlugin;
  /** All of its versions, the latest first. */
  readonly versions: readonly ListedVersion[];
  readonly listed: ListedVersion;
  readonly manifest: PluginManifest;
  readonly integrity: string;
  readonly readme: string;
};

const SPEC = /^(?<name>@[^@/\s]+\/[^@/\s]+)(?:@(?<range>.+))?$/;

/** Reads `@scope/name` or `@scope/name@range`. @throws UsageError when it is neither */
export const parseSpec = (text: string): PluginSpec => {
  const { name, range } = SPEC.exec(text)?.groups ?? {};
  if (name === undefined) throw new UsageError(`'${text}' is no package: write @scope/name or @scope/name@^1.0.0.`);
  if (range !== undefined && semver.validRange(range) === null) {
    throw new UsageError(`'${range}' is no version and no range of versions: write 1.2.0 or ^1.0.0.`);
  }
  return { name, range };
};

/** Finds the version that an installation of the package would take now. */
export const findPlugin = async (session: PlatformSession, { name, range }: PluginSpec): Promise<ChosenVersion> => {
  const { id: tenantId } = await session.tenant();
  const { plugin } = await session.api.query(pluginByName, { name, tenantId });
  if (plugin === null) throw notFound(`There is no plugin ${name} that this tenant may see.`);
  const versions = plugin.versions.edges.map(({ node }) => node);
  const listed = chooseVersion(versions, range);
  if (listed === undefined) {
    const known = versions.map(({ version }) => version).slice(0, 5);
    throw notFound(`${name} has no usable version that fits ${range ?? '*'}; the newest are ${known.join(', ')}.`);
  }
  const after = plugin.versions.edges[versions.indexOf(listed) - 1]?.cursor ?? null;
  const { plugin: again } = await session.api.query(pluginVersion, { name, after });
  const chosen = again?.versions.nodes[0];
  const manifest = manifestSchema.safeParse(chosen?.manifest);
  if (chosen?.version !== listed.version || !manifest.success) {
    throw foreignAnswer(`The manifest of ${name}@${listed.version} can not be read.`);
  }
  return { plugin, versions, listed, manifest: manifest.data, integrity: chosen.integrity, readme: chosen.readme };
};

/** The newest that fits and is not deprecated; a version that is named exactly may be. */
const chooseVersion = (versions: readonly ListedVersion[], range: string | undefined): ListedVersion | undefined => {
  const usable = versions.filter(({ deprecated }) => deprecated === null).map(({ version }) => version);
  const newest = range === undefined ? semver.rsort([...usable])[0] : undefined;
  const best = semver.maxSatisfying(usable, range ?? '*') ?? newest;
  return versions.find(({ version }) => version === range) ?? versions.find(({ version }) => version === best);
};
