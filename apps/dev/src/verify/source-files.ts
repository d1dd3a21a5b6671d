import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

export type Import = Readonly<{ specifier: string; line: number }>;

export type SourceFile = Readonly<{
  /** Absolute. */
  path: string;
  imports: readonly Import[];
  /** It has nothing but re-exports of other files. */
  isBarrel: boolean;
}>;

const SOURCES = '{apps,libs,plugins}/*/{src,tests,bin}/**/*.{ts,tsx,mjs}';
const CROSS_PACKAGE_SOURCES = '{tests,bench,scripts}/**/*.{ts,mjs}';
const BUILT = /\/(node_modules|dist|generated|gql|\.next)\//;

export function readSourceFiles(root: string): SourceFile[] {
  return [...globSync(SOURCES, { cwd: root }), ...globSync(CROSS_PACKAGE_SOURCES, { cwd: root })]
    .filter((file) => !BUILT.test(`/${file}`))
    .toSorted()
    .map((file) => parse(path.join(root, file)));
}

function parse(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const { module, program } = parseSync(file, text);
  const at = (specifier: string, offset: number): Import => ({
    specifier,
    line: text.slice(0, offset).split('\n').length,
  });
  const reExports = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap(({ moduleRequest }) =>
      moduleRequest ? [at(moduleRequest.value, moduleRequest.start)] : [],
    ),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2];
    return literal === undefined ? [] : [at(literal, moduleRequest.start)];
  });
  const statics = module.staticImports.map(({ moduleRequest }) => at(moduleRequest.value, moduleRequest.start));
  const isBarrel =
    program.body.length > 1 &&
    program.body.every(
      (statement) =>
        (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportAllDeclaration') &&
        statement.source !== null,
    );
  return { path: file, imports: [...statics, ...reExports, ...dynamic], isBarrel };
}
