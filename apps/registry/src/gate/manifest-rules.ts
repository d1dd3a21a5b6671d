import { contributionsOf, PACKAGE_LIMITS, type PluginManifest } from '@ia-modules/plugin-sdk';
import { findIconProblems } from '@ia-modules/plugin-sdk/host';
import semver from 'semver';
import { type PackageName, PLATFORM_SCOPE } from '../access/package-name.ts';
import type { Problem } from '../problem.ts';
import type { PackageContents } from './tarball.ts';

/** Where a manifest asks for what its package does not have, or may not. */
export function manifestProblems(name: PackageName, manifest: PluginManifest, contents: PackageContents): Problem[] {
  return [
    ...missingEntry(manifest, contents),
    ...iconProblems(manifest, contents),
    ...trust(name, manifest),
    ...platformRange(manifest),
  ];
}

/** The plugin's icon, as it lies in the tarball. */
export function iconOf({ icon }: PluginManifest, { icons }: PackageContents): string | null {
  const bytes = icon === undefined ? undefined : icons.get(icon);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
}

function missingEntry(manifest: PluginManifest, { files }: PackageContents): Problem[] {
  if (files.has(manifest.entry)) return [];
  return [
    {
      code: 'IA_REGISTRY_PACKAGE',
      message: `The tarball has no file ${manifest.entry}, which the manifest names as its entry.`,
      hint: 'Run `ia-plugin build` and list the folder under "files" in package.json.',
    },
  ];
}

function iconProblems(manifest: PluginManifest, { files, icons }: PackageContents): Problem[] {
  const named = [manifest.icon, ...contributionsOf(manifest).map(({ icon }) => icon)];
  return [...new Set(named.filter((icon) => icon !== undefined))].flatMap((icon): Problem[] => {
    if (!files.has(icon)) return [missingIcon(icon)];
    const bytes = icons.get(icon);
    if (bytes === undefined) return [refusedIcon(icon, `is larger than ${PACKAGE_LIMITS.iconBytes} bytes`)];
    return findIconProblems(bytes).map(({ message, line }) => refusedIcon(icon, `${message} (line ${line})`));
  });
}

function missingIcon(icon: string): Problem {
  return {
    code: 'IA_REGISTRY_PACKAGE',
    message: `The tarball has no file ${icon}, which the manifest names as an icon.`,
    hint: 'List the file under "files" in package.json.',
  };
}

function refusedIcon(icon: string, what: string): Problem {
  return {
    code: 'IA_REGISTRY_PACKAGE',
    message: `The icon ${icon} ${what}.`,
    hint: 'Export it as plain SVG: shapes, gradients and text, nothing that runs or loads.',
  };
}

/** What runs in the platform's own process comes from the platform alone. */
function trust({ scope }: PackageName, { runtime }: PluginManifest): Problem[] {
  if (runtime !== 'trusted' || scope === PLATFORM_SCOPE) return [];
  return [
    {
      code: 'IA_PLUGIN_MANIFEST',
      message: 'package.json iaModules.runtime: only plugins of the platform itself run as "trusted".',
      hint: 'Leave `runtime` out: the plugin runs in the sandbox then.',
    },
  ];
}

/** A range that no version can be in would keep the plugin from ever being installed. */
function platformRange({ engines }: PluginManifest): Problem[] {
  const range = engines?.platform;
  if (range === undefined || semver.minVersion(range) !== null) return [];
  return [
    {
      code: 'IA_PLUGIN_MANIFEST',
      message: `package.json iaModules.engines.platform: no version of the platform can be in "${range}".`,
      hint: 'Name the versions that it was tested with, such as ">=0.1.0 <2".',
    },
  ];
}
