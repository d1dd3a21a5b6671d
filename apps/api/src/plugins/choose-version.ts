import { type PluginManifest, PlatformError } from '@ia-modules/plugin-sdk';
import { PLATFORM_VERSION } from '@ia-modules/service';
import semver from 'semver';
import { notFound } from '../access.ts';
import type { AskRows } from './ask-rows.ts';
import { invalidInput, inputDiagnostic } from './grants.ts';
import { storedManifest } from './stored-manifest.ts';
import { highestVersion, isCompatible } from './version-ranges.ts';

/** A version or a range; null: the newest. */
export type WantedVersion = { readonly name: string; readonly version: string | null };

export type CatalogueVersion = {
  readonly version: string;
  readonly integrity: string;
  readonly manifest: PluginManifest;
};

/** What has to be known of a version to choose it. */
export type KnownVersion = {
  readonly version: string;
  readonly deprecated: string | null;
  /** What to use in the place of a deprecated one. */
  readonly replacement: string | null;
  readonly publishedAt: Date;
  readonly isBlocked: boolean;
  /** The versions of the platform that it works with; null: any. */
  readonly platformRange: string | null;
};

const READ_VERSIONS = `select v.version, v.deprecated, v.replacement, v.published_at as "publishedAt", v.manifest #>> '{engines,platform}' as "platformRange",
    exists (select from plugin_blocks_of(v.plugin_name, v.version)) as "isBlocked"
  from plugin_versions v where v.plugin_name = $1`;

/** All versions that the tenant sees of a plugin. */
export const readVersions = (ask: AskRows, name: string): Promise<readonly KnownVersion[]> =>
  ask<KnownVersion>(READ_VERSIONS, [name]);

/**
 * The newest version in the range that may be installed: not deprecated, blocked, made for another platform, nor a prerelease.
 * Whoever names a version gets it; where a range leaves none, one that is refused with its reason.
 */
export const chooseVersion = (versions: readonly KnownVersion[], wanted: WantedVersion): string => {
  const { name, version: range } = wanted;
  if (versions.length === 0) throw notFound();
  if (versions.some(({ version }) => version === range)) return range ?? '';
  const standing = versions.filter(({ deprecated }) => deprecated === null);
  const usable = standing.filter(({ isBlocked, platformRange }) => !isBlocked && isCompatible(platformRange));
  const chosen = highestVersion(namesOf(usable), range) ?? highestVersion(namesOf(standing), range);
  if (chosen !== null) return chosen;
  const known = semver.rsort(namesOf(versions)).slice(0, 5);
  const hint = `The newest versions are ${known.join(', ')}.`;
  const message = `${name} has no usable version that fits ${range ?? '*'}.`;
  throw invalidInput(message, [inputDiagnostic('$.version', message, hint)]);
};

const namesOf = (versions: readonly KnownVersion[]): string[] => versions.map(({ version }) => version);

const READ_VERSION = `select version, integrity, manifest from plugin_versions where plugin_name = $1 and version = $2`;

/** @throws PlatformError IA_API_NOT_FOUND */
export const readVersion = async (ask: AskRows, name: string, version: string): Promise<CatalogueVersion> => {
  const [found] = await ask<CatalogueVersion>(READ_VERSION, [name, version]);
  if (found === undefined) throw notFound();
  return { ...found, manifest: storedManifest(found.manifest) };
};

/** The version that {@link chooseVersion} finds among those that whoever asks sees. */
export const findVersion = async (ask: AskRows, wanted: WantedVersion): Promise<CatalogueVersion> =>
  readVersion(ask, wanted.name, chooseVersion(await readVersions(ask, wanted.name), wanted));

/** @throws PlatformError IA_PLUGIN_INCOMPATIBLE */
export const requireCompatible = (name: string, { version, manifest }: CatalogueVersion): void => {
  const range = manifest.engines?.platform ?? null;
  if (isCompatible(range)) return;
  throw new PlatformError({
    code: 'IA_PLUGIN_INCOMPATIBLE',
    message: `${name}@${version} works with the platform ${range}, and this is ${PLATFORM_VERSION}.`,
    hint: 'Install a version that works with this platform.',
  });
};
