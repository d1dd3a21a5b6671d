import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from '../npm-publish.ts';
import { inRepository } from '../repository.ts';
import { publicPackageJson, readPackageJson, writePackageJson } from './package-json.ts';

const SOURCE = inRepository('libs/plugin-sdk');

/** Of its dependencies: what neither runs nor is a type. */
const NOT_NEEDED = /\/zod\/src(\/|$)|\.(map|cjs|d\.cts|md)$|\/(spec|benchmark|test|tests|__tests__)(\/|$)/;

/** Writes the SDK as a package that brings its dependencies, so that it can be installed where there is nothing else. */
export async function stageSdk(folder: string, say: (line: string) => void): Promise<void> {
  const source = readPackageJson(SOURCE) as ReturnType<typeof readPackageJson> & {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(path.join(SOURCE, file), path.join(folder, file));
  const project = path.join(SOURCE, 'tsconfig.build.json');
  await mustRun(['tsc', '-p', project, '--outDir', path.join(folder, 'dist'), '--incremental', 'false'], { say });
  const bundled = Object.keys(source.dependencies);
  for (const name of withTheirs(bundled)) {
    cpSync(inRepository('node_modules', name), path.join(folder, 'node_modules', name), {
      recursive: true,
      filter: (file) => !NOT_NEEDED.test(file),
    });
  }
  writePackageJson(folder, {
    ...publicPackageJson(source),
    sideEffects: false,
    exports: Object.fromEntries(Object.entries(source.exports).map(([name, target]) => [name, publicExport(target)])),
    files: ['dist', 'CHANGELOG.md'],
    dependencies: source.dependencies,
    bundleDependencies: bundled,
  });
}

function publicExport(target: string | Readonly<Record<string, string>>): unknown {
  if (typeof target === 'string') return target;
  const { 'ia-src': _source, ...conditions } = target;
  return conditions;
}

/** The packages with those that they need in turn, as they lie at the top of node_modules. */
function withTheirs(names: readonly string[]): ReadonlySet<string> {
  const all = new Set(names);
  for (const name of all) {
    const folder = inRepository('node_modules', name);
    if (existsSync(path.join(folder, 'node_modules'))) throw new Error(`${name} brings packages of its own`);
    const { dependencies = {} } = readPackageJson(folder) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const needed of Object.keys(dependencies)) all.add(needed);
  }
  return all;
}
