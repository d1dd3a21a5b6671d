import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../finding.ts';

/** What the bundler finds beside this tool as well. */
const OWN_MODULES = [
  '@ia-modules/plugin-sdk',
  '@ia-modules/plugin-sdk/testing',
  '@ia-modules/plugin-sdk/dependencies',
  'zod',
];
const DIAGNOSTIC = /^(?:(?<file>[^(\n]+)\((?<line>\d+),(?<column>\d+)\): )?error (?<code>TS\d+): (?<message>.*)$/gm;

/** What TypeScript says of a plugin that has a tsconfig.json. What is not installed in its folder comes with this tool. */
export const checkTypes = async (directory: string): Promise<readonly Finding[]> => {
  const config = path.join(directory, 'tsconfig.json');
  if (!existsSync(config)) return [];
  const tools = findTools();
  if (tools === undefined) return [unchecked];
  const folder = await mkdtemp(path.join(tmpdir(), 'ia-plugin-types-'));
  try {
    const project = path.join(folder, 'tsconfig.json');
    await writeFile(project, JSON.stringify(configOver(config, directory, tools)));
    return findingsIn(await runCompiler(tools, directory, project), await realpath(directory));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

type Tools = {
  /** The package.json of TypeScript. */
  readonly compiler: string;
  /** A folder of types, those of Node among them. */
  readonly types: string;
};

/** Undefined where they did not come with this tool. */
const findTools = (): Tools | undefined => {
  const { resolve } = createRequire(import.meta.url);
  try {
    return {
      compiler: resolve('typescript/package.json'),
      types: path.dirname(path.dirname(resolve('@types/node/package.json'))),
    };
  } catch {
    return undefined;
  }
};

const unchecked: Finding = {
  severity: 'warning',
  rule: 'types',
  file: 'tsconfig.json',
  message: 'the types were not checked: TypeScript is not installed',
  hint: 'Install the npm packages `typescript` and `@types/node` beside this tool.',
};

const configOver = (config: string, directory: string, { types }: Tools): object => ({
  extends: config,
  compilerOptions: {
    noEmit: true,
    composite: false,
    incremental: false,
    paths: Object.fromEntries(
      OWN_MODULES.filter((name) => !isInstalled(directory, name)).map((name) => [
        name,
        [fileURLToPath(import.meta.resolve(name))],
      ]),
    ),
    typeRoots: [path.join(directory, 'node_modules/@types'), types],
  },
});

const isInstalled = (directory: string, name: string): boolean => {
  const packageName = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
  return existsSync(path.join(directory, 'node_modules', packageName));
};

const runCompiler = async ({ compiler: packageFile }: Tools, directory: string, project: string): Promise<string> => {
  const { bin } = JSON.parse(await readFile(packageFile, 'utf8')) as { readonly bin: { readonly tsc: string } };
  const compiler = path.join(path.dirname(packageFile), bin.tsc);
  const child = spawn(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text(child.stdout);
};

/** The sources of the SDK are none of the author's: only what stands in the plugin's folder counts. */
const findingsIn = (output: string, directory: string): readonly Finding[] =>
  [...output.matchAll(DIAGNOSTIC)].flatMap(({ groups = {} }): Finding[] => {
    const { file = 'tsconfig.json', line, column, code = '', message = '' } = groups;
    const relative = path.relative(directory, path.resolve(directory, file));
    if (relative.startsWith('..') || relative.split(path.sep).includes('node_modules')) return [];
    return [
      {
        severity: 'error',
        rule: 'types',
        file: relative,
        line: line === undefined ? undefined : Number(line),
        column: column === undefined ? undefined : Number(column),
        message: `${message} ${code}`,
      },
    ];
  });
