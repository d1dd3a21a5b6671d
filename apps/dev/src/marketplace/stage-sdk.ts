import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from '../npm-publish.ts';
import { inRepository } from '../repository.ts';
import { bundle } from './bundle.ts';
import { publicPackageJson, readPackageJson, writePackageJson } from './package-json.ts';

const SOURCE = inRepository('libs/plugin-sdk');

type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/**
 * Writes the SDK as a package that needs no other one, so that it can be installed where there is nothing else: its code with
 * all that it imports, and the types of zod beside its own, which speak of them.
 */
export async function stageSdk(folder: string, say: (line: string) => void): Promise<void> {
  const source = readPackageJson(SOURCE);
  const exports = source['exports'] as Exports;
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(path.join(SOURCE, file), path.join(folder, file));
  const dist = path.join(folder, 'dist');
  await bundle({ entries: modulesOf(SOURCE), outdir: dist, platform: 'neutral', external: ['node:*'] });
  const project = path.join(SOURCE, 'tsconfig.build.json');
  await mustRun(['tsc', '-p', project, '--emitDeclarationOnly', '--incremental', 'false', '--outDir', dist], { say });
  vendorTypes(folder);
  writePackageJson(folder, {
    ...publicPackageJson(source),
    sideEffects: false,
    exports: Object.fromEntries(Object.entries(exports).map(([name, target]) => [name, publicExport(target)])),
    files: ['dist', 'vendor', 'CHANGELOG.md'],
  });
}

/** Every module on its own: a plugin's bundle takes those that it uses. */
function modulesOf(source: string): Readonly<Record<string, string>> {
  const files = globSync('src/**/*.ts', { cwd: source }).filter((file) => !/\.(test|test-d)\.ts$/.test(file));
  return Object.fromEntries(files.map((file) => [file.replace(/^src\/|\.ts$/g, ''), path.join(source, file)]));
}

function publicExport(target: Exports[string]): unknown {
  if (typeof target === 'string') return target;
  const { 'ia-src': _source, ...conditions } = target;
  return conditions;
}

/** Types of another package, found by their place instead of by its name. */
function vendorTypes(folder: string): void {
  const vendored = path.join(folder, 'vendor/zod');
  const isType = (file: string) => !/\.[a-z]+$/i.test(file) || /(\.d\.ts|package\.json|LICENSE)$/.test(file);
  cpSync(inRepository('node_modules/zod'), vendored, {
    recursive: true,
    filter: (file) => isType(file) && !/\/zod\/src(\/|$)/.test(file),
  });
  for (const file of globSync('dist/**/*.d.ts', { cwd: folder })) {
    const target = path.join(folder, file);
    const place = path.relative(path.dirname(target), path.join(vendored, 'index.js'));
    writeFileSync(
      target,
      readFileSync(target, 'utf8').replaceAll(/(from|import\()(\s*)(['"])zod\3/g, `$1$2$3${place}$3`),
    );
  }
}
