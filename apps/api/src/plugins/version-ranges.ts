import { PLATFORM_VERSION } from '@ia-modules/service';
import semver from 'semver';

/** Whether a version lies in a range, prereleases like any other. */
export const isInRange = (version: string, range: string): boolean =>
  semver.satisfies(version, range, { includePrerelease: true });

/** Whether something that names versions of the platform works with this one. Null: with any. */
export const isCompatible = (platformRange: string | null): boolean =>
  platformRange === null || isInRange(PLATFORM_VERSION, platformRange);

/** The highest version in the range. Without a range, prereleases are better than nothing. */
export const highestVersion = (versions: readonly string[], range: string | null): string | null =>
  semver.maxSatisfying(versions, range ?? '*') ?? (range === null ? (semver.rsort([...versions])[0] ?? null) : null);
