import path from 'node:path';
import type { SourceFile } from './source-files.ts';

type Mark = 'open' | 'done';

/** Finds cycles of relative imports, types included. Each comes as a list of files that ends with its first. */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const marks = new Map<string, Mark>();
  const cycles: string[][] = [];
  const trail: string[] = [];

  const visit = (file: SourceFile): void => {
    marks.set(file.path, 'open');
    trail.push(file.path);
    for (const target of relativeTargets(file, byPath)) {
      const mark = marks.get(target.path);
      if (mark === 'open') cycles.push([...trail.slice(trail.indexOf(target.path)), target.path]);
      if (mark === undefined) visit(target);
    }
    trail.pop();
    marks.set(file.path, 'done');
  };

  for (const file of files) if (!marks.has(file.path)) visit(file);
  return cycles;
}

function relativeTargets(file: SourceFile, byPath: ReadonlyMap<string, SourceFile>): SourceFile[] {
  return file.imports.flatMap(({ specifier }) => {
    const target = byPath.get(resolve(file.path, specifier));
    return target === undefined ? [] : [target];
  });
}

/** `#src/…` is a package's name for its own sources. */
function resolve(importer: string, specifier: string): string {
  if (!specifier.startsWith('#src/')) return path.resolve(path.dirname(importer), specifier);
  const packageRoot = importer.slice(0, importer.indexOf(`${path.sep}src${path.sep}`));
  return path.join(packageRoot, specifier.slice(1));
}
