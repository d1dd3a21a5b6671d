import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { runCommand } from '../../command.ts';
import { inRepository } from '../../repository.ts';
import { namesIn } from './roll-up.ts';

/** One entry of a package, as it was released and as it is now; `usage` is code that may import every entry by its specifier. */
export type ApiPair = Readonly<{
  name: string;
  released: string;
  current: string;
  specifier?: string;
  usage?: string | undefined;
}>;

type Export = Readonly<{
  name: string;
  kind: 'type' | 'class' | 'function' | 'value';
  parameters: number;
  closure: string;
}>;
/** A line that no compiler takes when it stands for a breaking change. */
type Probe = Readonly<{ line: string; change: string }>;

/**
 * Names what breaks code that was written for the released types, pair by pair: something is gone, is needed now and was not, takes
 * less, or gives something else. It asks the compiler, a question for each changed export and direction, and lets it read the usage.
 */
export async function findBreakingChanges(pairs: readonly ApiPair[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'public-api-'));
  try {
    symlinkSync(inRepository('node_modules'), path.join(folder, 'node_modules'));
    const asked = pairs.map((pair, index) => ({ index, pair, probes: probesFor(pair) }));
    for (const { index, pair, probes } of asked) {
      const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);
      write(`released-${index}.d.ts`, withOpenCodes(pair.released));
      write(`current-${index}.d.ts`, withOpenCodes(pair.current));
      write(
        `rest-${index}.d.ts`,
        withReleasedHanded(withOpenCodes(pair.current), `./released-${index}.d.ts`, pair.released),
      );
      write(`probe-${index}.ts`, programOf(index, probes));
      write(`usage-${index}.ts`, withEntries(pair.usage ?? 'export {};', pairs));
    }
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, include: ['*.ts'] }));
    const { output } = await runCommand(['tsc', '--pretty', 'false', '-p', folder], { cwd: folder });
    const errors = readErrors(output);
    return new Map(asked.map(({ index, pair, probes }) => [pair.name, changesFrom(errors, index, probes)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Implementations are asked for: what they would be is declared. */
function withEntries(usage: string, pairs: readonly ApiPair[]): string {
  return pairs.reduce(
    (text, { specifier }, index) =>
      specifier === undefined ? text : text.replaceAll(`'${specifier}'`, `'./current-${index}.js'`),
    usage,
  );
}

type CompilerError = Readonly<{ file: string; line: number; message: string }>;

function readErrors(output: string): readonly CompilerError[] {
  const errors = output
    .matchAll(/^(\S+)\((\d+),\d+\): error (.*)$/gm)
    .map(([, file = '', line, message = '']) => ({ file: path.basename(file), line: Number(line), message }))
    .toArray();
  const foreign = errors.find(({ file }) => !/^(?:probe|usage)-\d+\.ts$/.test(file));
  if (foreign === undefined && (errors.length > 0 || output.trim() === '')) return errors;
  throw new Error(`the declarations can not be compared: ${output}`);
}

function changesFrom(errors: readonly CompilerError[], index: number, probes: readonly Probe[]): readonly string[] {
  const wrong = new Set(errors.filter(({ file }) => file === `probe-${index}.ts`).map(({ line }) => line));
  const told = probes.flatMap(({ change }, place) => (wrong.has(place + HEAD_LINES + 1) ? change : []));
  const misread = errors
    .filter(({ file }) => file === `usage-${index}.ts`)
    .map(({ line, message }) => `line ${line} of the usage does not compile: ${message}`);
  return [...new Set([...told, ...misread])];
}

/** New codes of errors are no breach, so a code is any text here; that none is gone shows in the list of them. */
const withOpenCodes = (text: string): string =>
  text.replace(/^export type ErrorCode = .*$/m, 'export type ErrorCode = string;');

const OPTIONS = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  target: 'ES2024',
  lib: ['ES2024', 'ESNext.Disposable', 'ESNext.Iterator'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  types: ['node'],
  skipLibCheck: true,
};

const PREAMBLE = [
  // Every path of keys below a type, a few levels deep, through lists and what functions give.
  `type Leaf = string | number | boolean | bigint | symbol | null | undefined | Uint8Array | AbortSignal | Headers | RegExp | typeof fetch;`,
  `type Paths<T, D extends 0[] = []> = D['length'] extends 5 ? never : T extends Leaf ? never : T extends readonly (infer E)[] ? Paths<E, [...D, 0]> : T extends Promise<infer E> ? Paths<E, [...D, 0]> : T extends { _zod: { output: infer E } } ? Paths<E, [...D, 0]> : T extends (...args: never) => infer R ? Paths<R, [...D, 0]> : { [K in keyof T & string]: string extends K ? never : K | \`\${K}.\${Paths<T[K], [...D, 0]>}\` }[keyof T & string];`,
  `type Gone<Old, Now> = Exclude<Paths<Old>, Paths<Now>>;`,
];
const HEAD_LINES = PREAMBLE.length + 3;

function programOf(index: number, probes: readonly Probe[]): string {
  return [
    `import type * as Old from './released-${index}.d.ts';`,
    `import type * as Now from './rest-${index}.d.ts';`,
    `import type * as Handed from './current-${index}.d.ts';`,
    ...PREAMBLE,
    ...probes.map(({ line }) => line),
    '',
  ].join('\n');
}

function probesFor({ released, current }: ApiPair): readonly Probe[] {
  const keyOf = ({ name, kind }: Export): string => `${kind === 'type' ? 'type' : 'value'} ${name}`;
  const now = new Map(exportsOf(current).map((one) => [keyOf(one), one]));
  return exportsOf(released).flatMap((one) => {
    const found = now.get(keyOf(one));
    if (found === undefined) return [{ line: 'null satisfies never;', change: `${one.name} is not exported any more` }];
    if (found.closure === one.closure) return [];
    return one.kind === 'type' ? typeProbes(one) : valueProbes(one);
  });
}

function typeProbes({ name, parameters }: Export): readonly Probe[] {
  const [old, now] = [
    `Old.${name}${anyFor(parameters)}`,
    `${isHanded(name) ? 'Handed' : 'Now'}.${name}${anyFor(parameters)}`,
  ];
  const probes = [
    { line: is(now, old), change: `${name} gives something else` },
    { line: is(`Gone<${old}, ${now}>`, 'never'), change: `${name} lost a property` },
  ];
  return isGiven(name) ? [...probes, { line: is(old, now), change: `${name} takes less, or needs more` }] : probes;
}

function valueProbes({ name, kind, parameters }: Export): readonly Probe[] {
  const [old, now] = [`typeof Old.${name}${anyFor(parameters)}`, `typeof Now.${name}${anyFor(parameters)}`];
  const whole = { line: is(now, old), change: `${name} has another type` };
  const lost = { line: is(`Gone<${old}, ${now}>`, 'never'), change: `${name} lost a property` };
  if (kind === 'value') return [whole, lost];
  const made = (type: string): string => (kind === 'class' ? `ConstructorParameters<${type}>` : `Parameters<${type}>`);
  const takes = { line: is(made(old), made(now)), change: `${name}(…) takes less, or needs more` };
  if (kind === 'function') return [whole, lost, takes];
  const got = (type: string): string => `InstanceType<${type}>`;
  const less = { line: is(`Gone<${got(old)}, ${got(now)}>`, 'never'), change: `${name} lost a property` };
  return [whole, takes, less];
}

const anyFor = (parameters: number): string =>
  parameters === 0 ? '' : `<${Array.from({ length: parameters }, () => 'any').join(', ')}>`;

/** Holds only where every value of the one type is one of the other. */
const is = (one: string, other: string): string => `((value: ${one}): ${other} => value)(null!);`;

/** Types that people who write plugins make values of; the others are made by the SDK, and may have more properties one day. */
const GIVEN = /(?:Init|Options|Request|Call|Schema|Labels|Candidate|Clock|Verdict|Problem|Http|Info)$/;
const isGiven = (name: string): boolean => GIVEN.test(name);

/**
 * What the SDK hands to the code of plugins may have more one day. It is looked at by itself; in everything that names it, it counts
 * as unchanged, as functions that take it would seem to ask for more.
 */
const HANDED =
  /^(?:\w*Context|Span|TaskInfo|Logger|PluginMetrics|Plugins|Blobs|LeftStep|ConditionCall|HookEvent|ReportedEvent|MetricPoint)$/;
const isHanded = (name: string): boolean => HANDED.test(name);

function withReleasedHanded(text: string, source: string, released: string): string {
  const known = new Set(exportsOf(released).map(({ name }) => name));
  let changed = text;
  for (const { node, name, statement } of statementsOf(text).toReversed()) {
    if (!isHanded(name) || !known.has(name)) continue;
    const names = (node.typeParameters?.params ?? []).map((parameter) => parameter.name.name).join(', ');
    const list = names === '' ? '' : `<${names}>`;
    const alias = `export type ${name}${list} = import('${source}').${name}${list};`;
    changed = changed.slice(0, statement.start) + alias + changed.slice(statement.end);
  }
  return changed;
}

type Parameters = { params: readonly { name: { name: string } }[] } | null;
type Annotation = { type: string; typeParameters?: Parameters };
type Declared = Readonly<{
  type: string;
  id?: { name: string };
  typeParameters?: Parameters;
  declarations?: readonly { id: { name: string; typeAnnotation?: { typeAnnotation: Annotation } | null } }[];
}>;

function statementsOf(text: string) {
  return parseSync('api.d.ts', text).program.body.map((statement) => {
    const isExported = statement.type === 'ExportNamedDeclaration' && statement.declaration !== null;
    const node = (isExported ? statement.declaration : statement) as unknown as Declared;
    return { isExported, node, name: node.id?.name ?? node.declarations?.[0]?.id.name ?? '', statement };
  });
}

function exportsOf(text: string): readonly Export[] {
  const statements = statementsOf(text);
  const closureOf = (name: string, seen = new Set<string>()): string => {
    if (seen.has(name)) return '';
    seen.add(name);
    const own = statements.filter((one) => one.name === name);
    const named = own.flatMap(({ node }) => [...namesIn(node)]);
    const around = named.map((other) => closureOf(other, seen));
    return [...own.map(({ statement }) => text.slice(statement.start, statement.end)), ...around].join('\n');
  };
  return statements
    .filter(({ isExported }) => isExported)
    .map(({ node, name }) => ({ name, closure: closureOf(name), ...kindOf(node) }));
}

function kindOf({ type, typeParameters, declarations }: Declared): Pick<Export, 'kind' | 'parameters'> {
  const annotation = declarations?.[0]?.id.typeAnnotation?.typeAnnotation;
  const parameters = (annotation?.typeParameters ?? typeParameters)?.params.length ?? 0;
  if (type === 'TSTypeAliasDeclaration' || type === 'TSInterfaceDeclaration') return { kind: 'type', parameters };
  if (type === 'ClassDeclaration') return { kind: 'class', parameters: 0 };
  return { kind: annotation?.type === 'TSFunctionType' ? 'function' : 'value', parameters };
}
