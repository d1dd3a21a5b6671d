import {
  contributionsOf,
  INSTALL_SCRIPTS,
  PACKAGE_LIMITS,
  type PluginManifest,
  parseManifest,
} from '@ia-modules/plugin-sdk';
import { findIconProblems } from '@ia-modules/plugin-sdk/host';
import type { JsonObject } from './bounded-json.ts';
import { isJsonObject } from './bounded-json.ts';
import { type PackageName, type Visibility, tarballFilename } from './package-name.ts';
import { type Checked, type Problem, accepted, refused } from './problem.ts';
import type { PublishRequest } from './publish-request.ts';
import type { PackageContents } from './tarball.ts';

/** What the catalogue says about a version; also the payload of its publish intent. */
export type CatalogueEntry = Readonly<{
  visibility: Visibility;
  title: string;
  description: string;
  keywords: readonly string[];
  manifest: PluginManifest;
  readme: string;
  sizeBytes: number;
  tags: readonly string[];
  publishedBy: string;
}>;

/** A version that passed the gate. */
export type AcceptedVersion = Readonly<{
  name: PackageName;
  version: string;
  integrity: string;
  tarball: Buffer;
  /** What npm clients get to read: the tarball's own package.json, never the one in the request. */
  document: JsonObject;
  entry: CatalogueEntry;
}>;

/** Compares a request with what its tarball really holds, and applies the rules for plugins. */
export function passGate(
  request: PublishRequest,
  contents: PackageContents,
  publishedBy: string,
): Checked<AcceptedVersion> {
  const parsed = parseManifest(contents.packageJson);
  const problems = [
    ...mismatches(request, contents),
    ...installScripts(contents),
    ...unstorableTexts(contents),
    ...(parsed.ok ? pluginProblems(request, parsed.manifest, contents) : parsed.diagnostics.map(manifestProblem)),
  ];
  if (!parsed.ok || problems.length > 0) return refused(...problems);
  return accepted({
    name: request.name,
    version: request.version,
    integrity: contents.integrity,
    tarball: request.tarball,
    document: versionDocument(request, contents),
    entry: {
      visibility: request.name.visibility,
      title: titleOf(request.name),
      description: parsed.package.description,
      keywords: parsed.package.keywords,
      manifest: parsed.manifest,
      readme: contents.readme,
      sizeBytes: contents.packedBytes,
      tags: request.tags,
      publishedBy,
    },
  });
}

function mismatches(request: PublishRequest, contents: PackageContents): Problem[] {
  const { name, version } = contents.packageJson;
  const problems: Problem[] = [];
  if (request.claimedIntegrity !== contents.integrity) {
    problems.push({
      code: 'IA_REGISTRY_TARBALL',
      message: 'The tarball does not have the integrity that the request names.',
    });
  }
  if (name !== request.name.full || version !== request.version) {
    problems.push({
      code: 'IA_REGISTRY_PACKAGE',
      message: `The tarball holds ${describe(name)}@${describe(version)}, the request says ${request.name.full}@${request.version}.`,
    });
  }
  return problems;
}

function installScripts({ packageJson, files }: PackageContents): Problem[] {
  const scripts = isJsonObject(packageJson['scripts']) ? packageJson['scripts'] : {};
  const found = INSTALL_SCRIPTS.filter((script) => Object.hasOwn(scripts, script));
  if (files.has('binding.gyp')) found.push('binding.gyp');
  if (found.length === 0) return [];
  return [
    {
      code: 'IA_REGISTRY_PACKAGE',
      message: `Packages with install scripts are refused: ${found.join(', ')}.`,
      hint: 'Build before publishing; a plugin is one bundled module.',
    },
  ];
}

/** PostgreSQL, where the catalogue is, takes no NUL character and no half of a surrogate pair. */
function unstorableTexts({ packageJson, readme }: PackageContents): Problem[] {
  const isUnstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();
  const files = [
    ...(holdsText(packageJson, isUnstorable) ? ['package.json'] : []),
    ...(isUnstorable(readme) ? ['README'] : []),
  ];
  return files.map((file) => ({
    code: 'IA_REGISTRY_PACKAGE',
    message: `The ${file} holds a NUL character or half of a surrogate pair.`,
    hint: 'Save the file as plain UTF-8 text.',
  }));
}

function holdsText(value: unknown, matches: (text: string) => boolean): boolean {
  if (typeof value === 'string') return matches(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => matches(key) || holdsText(item, matches));
}

function pluginProblems(request: PublishRequest, manifest: PluginManifest, contents: PackageContents): Problem[] {
  return [...missingEntry(manifest, contents), ...iconProblems(manifest, contents), ...trust(request, manifest)];
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

const PLATFORM_SCOPE = 'ia-modules';

/** What runs in the platform's own process comes from the platform alone. */
function trust({ name }: PublishRequest, { runtime }: PluginManifest): Problem[] {
  if (runtime !== 'trusted' || name.scope === PLATFORM_SCOPE) return [];
  return [
    {
      code: 'IA_PLUGIN_MANIFEST',
      message: 'package.json iaModules.runtime: only plugins of the platform itself run as "trusted".',
      hint: 'Leave `runtime` out: the plugin runs in the sandbox then.',
    },
  ];
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

function manifestProblem({ path, message }: Readonly<{ path: string; message: string }>): Problem {
  return { code: 'IA_PLUGIN_MANIFEST', message: `package.json ${path}: ${message}.` };
}

function versionDocument(request: PublishRequest, contents: PackageContents): JsonObject {
  const { full } = request.name;
  const { dist: _dist, deprecated: _deprecated, readme: _readme, ...authored } = contents.packageJson;
  const publicFields = Object.entries(authored).filter(([key]) => !key.startsWith('_'));
  return {
    ...Object.fromEntries(publicFields),
    _id: `${full}@${request.version}`,
    readme: contents.readme,
    dist: {
      integrity: contents.integrity,
      shasum: contents.shasum,
      // Verdaccio puts the registry's own address in front when it serves the document.
      tarball: `http://localhost/${full}/-/${tarballFilename(request.name, request.version)}`,
      fileCount: contents.files.size,
      unpackedSize: contents.unpackedBytes,
    },
  };
}

function titleOf(name: PackageName): string {
  const words = name.base.split(/[-._]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : '(none)';
}
