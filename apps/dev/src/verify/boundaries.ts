import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  ALLOWED_IMPORTS,
  CROSS_PACKAGE_FOLDERS,
  FORBIDDEN_MODULES,
  PLUGIN_FORBIDDEN,
  PLUGIN_IMPORTS,
  PLUGIN_LIST,
} from './boundary-rules.ts';
import { findCycles } from './import-cycles.ts';
import { type Import, readSourceFiles, type SourceFile } from './source-files.ts';

type Package = Readonly<{
  name: string;
  folder: string;
  entries: ReadonlySet<string>;
  entryFiles: ReadonlySet<string>;
}>;
type Packages = ReadonlyMap<string, Package>;

const SCOPE = '@ia-modules/';

/** Lists each import that crosses a boundary of the architecture, as `file:line message`. */
export function findBoundaryViolations(root: string): string[] {
  const packages = readPackages(root);
  const files = readSourceFiles(root);
  if (files.length === 0) throw new Error(`no source files below ${root}: the check would prove nothing`);
  const violations = files.flatMap((file) => {
    const owner = [...packages.values()].find(({ folder }) => file.path.startsWith(folder + path.sep));
    return [
      ...file.imports.flatMap((entry) =>
        importProblems({ file, entry, owner, packages, root }).map((problem) => `${at(root, file, entry)} ${problem}`),
      ),
      ...barrelProblems(file, owner).map((problem) => `${path.relative(root, file.path)} ${problem}`),
    ];
  });
  const cycles = findCycles(files).map(
    (cycle) => `import cycle: ${cycle.map((file) => path.relative(root, file)).join(' → ')}`,
  );
  return [...violations, ...cycles];
}

type Context = Readonly<{
  file: SourceFile;
  entry: Import;
  owner: Package | undefined;
  packages: Packages;
  root: string;
}>;

function importProblems(context: Context): string[] {
  const { specifier } = context.entry;
  if (specifier.startsWith('.')) return relativeProblems(context);
  if (specifier.startsWith(SCOPE)) return packageProblems(context);
  if (context.owner !== undefined && isPlugin(context.owner) && !isTest(context.file)) {
    return PLUGIN_FORBIDDEN.pattern.test(specifier)
      ? [`${context.owner.name} imports ${specifier}: ${PLUGIN_FORBIDDEN.why}`]
      : [];
  }
  return FORBIDDEN_MODULES.filter(
    ({ packageName, pattern, except = [] }) =>
      packageName === context.owner?.name &&
      !isTest(context.file) &&
      pattern.test(specifier) &&
      !except.some((folder) => context.file.path.startsWith(path.join(context.owner?.folder ?? '', folder, '/'))),
  ).map(({ packageName, why }) => `${packageName} imports ${specifier}: ${why}`);
}

function relativeProblems({ file, entry, owner, root, packages }: Context): string[] {
  const target = path.resolve(path.dirname(file.path), entry.specifier);
  if (owner !== undefined) {
    return target.startsWith(owner.folder + path.sep) ? [] : [`${entry.specifier} leaves the package ${owner.name}`];
  }
  const reached = [...packages.values()].find(({ folder }) => target.startsWith(folder + path.sep));
  const isInside = CROSS_PACKAGE_FOLDERS.some((folder) => target.startsWith(path.join(root, folder)));
  if (reached !== undefined) return [`${entry.specifier} is a deep import into ${reached.name}`];
  return isInside ? [] : [`${entry.specifier} leaves its folder`];
}

function packageProblems({ file, entry, owner, packages }: Context): string[] {
  const name = entry.specifier.split('/').slice(0, 2).join('/');
  const target = packages.get(name);
  if (target === undefined) return [`${name} is no package of this repository`];
  if (!target.entries.has(entry.specifier)) return [`${entry.specifier} is a deep import: ${name} does not export it`];
  if (owner === undefined) return [];
  // A package's own integration tests go through its front door, its sources never.
  if (owner.name === name) return isTest(file) ? [] : [`${name} imports its own root: import the file`];
  if (owner.name === PLUGIN_LIST && isPlugin(target)) return [];
  const allowed = isPlugin(owner) ? PLUGIN_IMPORTS[isTest(file) ? 'tests' : 'sources'] : ALLOWED_IMPORTS[owner.name];
  if (allowed === undefined) return [`${owner.name} stands in no layer: add it to boundary-rules.ts`];
  return allowed.some((allowedName) => allowedName === name)
    ? []
    : [`${owner.name} may not import ${name}: imports point down only`];
}

const isPlugin = ({ folder }: Package): boolean => path.basename(path.dirname(folder)) === 'plugins';

function barrelProblems(file: SourceFile, owner: Package | undefined): string[] {
  if (!file.isBarrel || owner === undefined || owner.entryFiles.has(file.path)) return [];
  return ['is a barrel: only the entries of a package re-export'];
}

function readPackages(root: string): Packages {
  const manifests = globSync('{apps,libs,plugins}/*/package.json', { cwd: root });
  return new Map(
    manifests.map((manifest) => readPackage(path.join(root, manifest))).map((found) => [found.name, found]),
  );
}

function readPackage(manifest: string): Package {
  const folder = path.dirname(manifest);
  const { name, exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name: string;
    exports?: Record<string, string | Record<string, string>>;
  };
  const targets = Object.values(exports).flatMap((value) =>
    typeof value === 'string' ? [value] : Object.values(value),
  );
  return {
    name,
    folder,
    entries: new Set(Object.keys(exports).map((key) => path.posix.join(name, key))),
    entryFiles: new Set(targets.map((target) => path.join(folder, target)).filter((file) => existsSync(file))),
  };
}

function isTest(file: SourceFile): boolean {
  return /\.(test|testsuite)\.tsx?$|\/tests\//.test(file.path);
}

function at(root: string, file: SourceFile, entry: Import): string {
  return `${path.relative(root, file.path)}:${entry.line}`;
}
