import { INSTALL_SCRIPTS } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { isJsonObject, type JsonObject } from './bounded-json.ts';
import type { Problem } from '../problem.ts';
import type { PublishRequest } from './publish-request.ts';
import { foldedPath, type PackageContents } from './tarball.ts';

/** What holds for every package, a plugin or not. */
export function packageProblems(request: PublishRequest, contents: PackageContents): Problem[] {
  return [
    ...mismatches(request, contents),
    ...installScripts(contents),
    ...foreignDependencies(contents),
    ...unstorableTexts(contents),
  ];
}

/** What holds for plugins: all their code is in one module, and they are no programs. */
export function bundleProblems({ packageJson, files }: PackageContents): Problem[] {
  const problems: Problem[] = [];
  const bundled = [packageJson['bundleDependencies'], packageJson['bundledDependencies']];
  const isBundling = bundled.some((value) => value === true || (Array.isArray(value) && value.length > 0));
  if (isBundling || [...files].some((file) => file.split('/').includes('node_modules'))) {
    problems.push({
      code: 'IA_REGISTRY_PACKAGE',
      message: 'A plugin carries no packages of others in its tarball.',
      hint: 'Run `ia-plugin build`: it bundles them into the entry.',
    });
  }
  if (packageJson['bin'] !== undefined || isJsonObject(packageJson['directories'])) {
    problems.push({
      code: 'IA_REGISTRY_PACKAGE',
      message: 'A plugin installs no programs: leave "bin" and "directories" out of package.json.',
    });
  }
  return problems;
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
  const scripts = recordOf(packageJson['scripts']);
  const found = INSTALL_SCRIPTS.filter((script) => Object.hasOwn(scripts, script));
  // npm builds what brings this file along, and what says so of itself.
  if ([...files].some((file) => foldedPath(file) === 'binding.gyp')) found.push('binding.gyp');
  if (packageJson['gypfile'] === true) found.push('gypfile');
  if (found.length === 0) return [];
  return [
    {
      code: 'IA_REGISTRY_PACKAGE',
      message: `Packages with install scripts are refused: ${found.join(', ')}.`,
      hint: 'Build before publishing; a plugin is one bundled module.',
    },
  ];
}

/** From a folder, a URL or a git repository npm installs what no registry has seen, and runs its `prepare` scripts. */
function foreignDependencies({ packageJson }: PackageContents): Problem[] {
  return ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) =>
    Object.entries(recordOf(packageJson[field]))
      .filter(([, range]) => typeof range !== 'string' || !isFromRegistry(range))
      .map(([name]) => ({
        code: 'IA_REGISTRY_PACKAGE' as const,
        message: `package.json ${field}.${describe(name)} comes from no registry.`,
        hint: 'Name a version range.',
      })),
  );
}

function isFromRegistry(range: string): boolean {
  const plain = range.replace(/^npm:@?[^@]+@?/, '');
  if (semver.validRange(plain) !== null) return true;
  // A tag; by its ending npm tells a file.
  return /^[a-z][a-z0-9._-]*$/i.test(plain) && !/\.(?:tgz|tar|tar\.gz)$/i.test(plain);
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

function recordOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : '(none)';
}
