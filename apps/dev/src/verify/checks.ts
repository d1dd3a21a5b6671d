import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PERMISSIONS, ROLES } from '@ia-modules/database';
import { ERROR_CODES } from '@ia-modules/plugin-sdk';
import { runCommand } from '../command.ts';
import { buildPortal } from '../build-artifacts.ts';
import { inRepository, repositoryRoot, SOURCE_FLAGS } from '../repository.ts';
import { findBoundaryViolations } from './boundaries.ts';
import { renderBuiltInPage } from './built-in-page.ts';
import { findDeadLinks } from './dead-links.ts';
import { findUnusedCodes, renderErrorReference } from './error-reference.ts';
import { withPermissionTable } from './permission-table.ts';
import { findLockfileProblems, type Lockfile } from './lockfile.ts';
import { findDeadCommands } from './dead-commands.ts';
import { findUndeclaredChanges, type SchemaFiles } from './schema-changes.ts';
import { findPublicApiProblems } from './public-api/public-api.ts';
import { readSourceFiles } from './source-files.ts';

/** Gives what is wrong, a finding a line; nothing when all is well. */
export type Check = Readonly<{ name: string; run: () => Promise<readonly string[]> }>;

type PackageJson = Readonly<{
  name: string;
  private?: boolean;
  scripts?: Readonly<Record<string, string>>;
  bin?: Readonly<Record<string, string>>;
}>;

const LINTED = ['apps', 'libs', 'plugins', 'tests', 'bench', 'scripts'];
const DOCUMENTS = '{{*,docs/**/*}.md,{plugins,libs}/*/README.md}';

export const CHECKS: readonly Check[] = [
  { name: 'format', run: () => command(['biome', 'ci', '--colors=off', '.']) },
  { name: 'lint', run: () => command(['oxlint', '--type-aware', '--deny-warnings', ...existing(LINTED)]) },
  { name: 'typecheck', run: typecheck },
  { name: 'build', run: build },
  { name: 'unused code', run: () => command(['knip', '--no-progress']) },
  { name: 'boundaries', run: async () => findBoundaryViolations(repositoryRoot) },
  { name: 'packages', run: checkPublishedPackages },
  { name: 'lockfile', run: async () => findLockfileProblems(readJson('package-lock.json') as Lockfile) },
  {
    name: 'schema.graphql',
    run: () => command([process.execPath, ...SOURCE_FLAGS, inRepository('apps/api/src/print-schema.ts'), '--check']),
  },
  { name: 'schema changes', run: async () => findUndeclaredChanges(readSchemaFiles()) },
  { name: 'public API', run: findPublicApiProblems },
  { name: 'error codes', run: checkErrorCodes },
  { name: 'permissions', run: checkPermissions },
  { name: 'built-in plugins', run: checkBuiltInPage },
  { name: 'documents', run: checkDocuments },
];

async function command(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<string[]> {
  const { code, output } = await runCommand(words, { env: { NO_COLOR: '1', FORCE_COLOR: undefined, ...env } });
  return code === 0 ? [] : [output.trim() || `${words.join(' ')} ended with exit code ${code}`];
}

async function typecheck(): Promise<string[]> {
  const projects = globSync('{{apps,libs,plugins}/*,tests,bench}/tsconfig.json', { cwd: repositoryRoot }).toSorted();
  const findings: string[] = [];
  for (const project of projects)
    findings.push(...(await command(['tsc', '--pretty', 'false', '--noEmit', '-p', project])));
  return findings;
}

/** The portal's build is the one that `npm start` uses; turbo builds what is published or run elsewhere. */
async function build(): Promise<string[]> {
  const findings = await command(
    ['turbo', 'run', 'build', '--filter=!@ia-modules/portal', '--output-logs=errors-only'],
    {
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
    },
  );
  try {
    await buildPortal(() => {});
  } catch (error) {
    findings.push((error as Error).message);
  }
  return findings;
}

async function checkPublishedPackages(): Promise<string[]> {
  const findings: string[] = [];
  for (const manifest of globSync('{libs,plugins}/*/package.json', { cwd: repositoryRoot })) {
    if (readManifest(manifest).private === true) continue;
    const folder = manifest.slice(0, -'/package.json'.length);
    findings.push(...(await command(['publint', folder, '--strict'])));
    findings.push(...(await command(['attw', '--pack', folder, '--profile', 'esm-only', '--no-color'])));
  }
  return findings;
}

async function checkDocuments(): Promise<string[]> {
  const scripts = readManifest('package.json').scripts ?? {};
  const manifests = globSync('apps/*/package.json', { cwd: repositoryRoot });
  const programs = manifests.flatMap((manifest) => Object.keys(readManifest(manifest).bin ?? {}));
  return globSync(DOCUMENTS, { cwd: repositoryRoot }).flatMap((document) => {
    const markdown = readFileSync(inRepository(document), 'utf8');
    return [
      ...findDeadCommands(markdown, { root: repositoryRoot, scripts, programs }),
      ...findDeadLinks(markdown, path.dirname(inRepository(document))),
    ].map((problem) => `${document}: ${problem}`);
  });
}

async function checkPermissions(): Promise<string[]> {
  const page = readFileSync(inRepository('docs/access.md'), 'utf8');
  if (page === withPermissionTable(page, { roles: ROLES, permissions: PERMISSIONS })) return [];
  const remedy = `node ${SOURCE_FLAGS.join(' ')} apps/dev/src/print-permissions.ts`;
  return [`docs/access.md differs from libs/database/src/permissions.ts. Run: ${remedy}`];
}

async function checkBuiltInPage(): Promise<string[]> {
  const packages = globSync('plugins/*/package.json', { cwd: repositoryRoot }).map((file) => ({
    alias: path.basename(path.dirname(file)),
    packageJson: readJson(file),
  }));
  if (readFileSync(inRepository('docs/built-in-plugins.md'), 'utf8') === renderBuiltInPage(packages)) return [];
  const remedy = `node ${SOURCE_FLAGS.join(' ')} apps/dev/src/write-manifests.ts`;
  return [`docs/built-in-plugins.md differs from the manifests below plugins/. Run: ${remedy}`];
}

async function checkErrorCodes(): Promise<string[]> {
  const registry = inRepository('libs/plugin-sdk/src/errors.ts');
  const sources = readSourceFiles(repositoryRoot).filter(
    (file) => file.path !== registry && !/\.test\.tsx?$/.test(file.path),
  );
  const texts = sources.map((file) => readFileSync(file.path, 'utf8'));
  const findings = findUnusedCodes(ERROR_CODES, texts).map((code) => `${code} is declared and nothing raises it`);
  const page = existing(['docs/errors.md']).map((file) => readFileSync(inRepository(file), 'utf8'))[0];
  if (page === renderErrorReference(ERROR_CODES)) return findings;
  const remedy = `node ${SOURCE_FLAGS.join(' ')} apps/dev/src/print-errors.ts`;
  return [...findings, `docs/errors.md differs from libs/plugin-sdk/src/errors.ts. Run: ${remedy}`];
}

function readSchemaFiles(): SchemaFiles {
  const read = (file: string): string => readFileSync(inRepository('apps/api', file), 'utf8');
  return {
    released: read('schema.released.graphql'),
    current: read('schema.graphql'),
    declarations: read('schema-changes.json'),
  };
}

function existing(paths: readonly string[]): string[] {
  return paths.filter((entry) => existsSync(inRepository(entry)));
}

function readManifest(file: string): PackageJson {
  return readJson(file) as PackageJson;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(inRepository(file), 'utf8'));
}
