import { readdirSync, readFileSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, extname } from 'node:path';
import { didYouMean } from '@ia-modules/engine';
import { parse, type Program } from 'acorn';

export type ModuleProblem = { readonly message: string; readonly hint?: string };
export type ParsedModule = { readonly program: Program; readonly isCommonJs: boolean };

const MAX_MODULE_BYTES = 5 * 1024 * 1024;
const TYPESCRIPT: ReadonlySet<string> = new Set(['.ts', '.mts']);
const EXTENSIONS: ReadonlySet<string> = new Set([...TYPESCRIPT, '.js', '.mjs', '.cjs']);

/** Whether Node can import a file of this name. */
export const isModuleFile = (file: string): boolean =>
  EXTENSIONS.has(extname(file)) && !file.endsWith('.d.ts') && !file.endsWith('.d.mts');

/** Reads and parses a module without running it. */
export const parseModule = (file: string, shown: string): ParsedModule | ModuleProblem => {
  if (!isModuleFile(file)) {
    return { message: `${shown} is no module.`, hint: `Modules end with ${[...EXTENSIONS].join(', ')}.` };
  }
  const source = readModule(file, shown);
  return typeof source === 'string' ? parseSource(source, { file, shown }) : source;
};

const readModule = (file: string, shown: string): string | ModuleProblem => {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { message: `${shown} is no file.` };
    if (stats.size > MAX_MODULE_BYTES) return { message: `${shown} is larger than ${MAX_MODULE_BYTES} bytes.` };
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { message: `There is no file ${shown}.`, ...hintOfNearby(file) };
    return {
      message: `${shown} can not be read: ${code === 'ELOOP' ? 'its symbolic links lead in a circle' : String(code)}.`,
    };
  }
};

const hintOfNearby = (file: string): { readonly hint?: string } => {
  try {
    const hint = didYouMean(basename(file), readdirSync(dirname(file)).filter(isModuleFile));
    return hint === undefined ? {} : { hint };
  } catch {
    return {};
  }
};

type Place = { readonly file: string; readonly shown: string };

const parseSource = (source: string, { file, shown }: Place): ParsedModule | ModuleProblem => {
  const extension = extname(file);
  try {
    const script = TYPESCRIPT.has(extension) ? stripTypeScriptTypes(source) : source;
    if (extension === '.cjs') return { program: parseAs(script, 'script'), isCommonJs: true };
    const program = parseAs(script, 'module');
    return { program, isCommonJs: extension === '.js' && !program.body.some(isModuleSyntax) };
  } catch (error) {
    if (extension === '.js') {
      const program = tryScript(source);
      if (program !== undefined) return { program, isCommonJs: true };
    }
    return { message: `${shown} can not be parsed: ${describeSyntaxError(error)}.` };
  }
};

const parseAs = (source: string, sourceType: 'module' | 'script'): Program =>
  parse(source, {
    ecmaVersion: 'latest',
    sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: sourceType === 'script',
  });

const tryScript = (source: string): Program | undefined => {
  try {
    return parseAs(source, 'script');
  } catch {
    return undefined;
  }
};

const isModuleSyntax = ({ type }: Program['body'][number]): boolean => /^(?:Import|Export)/.test(type);

/** With the line and column, which both parsers tell in ways of their own. */
const describeSyntaxError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RangeError) return 'it is nested too deeply';
  if ('loc' in error) {
    const { line, column } = error.loc as { readonly line: number; readonly column: number };
    return `${error.message.replace(/ \(\d+:\d+\)$/, '')}, at line ${line}, column ${column + 1}`;
  }
  // The type stripper begins its stack with the line, ":3", then shows the lines up to it with a caret below.
  const [, line, caret = ''] = /^[^\n]*:(\d+)\n(?:[^\n]*\n)+?( *)\^/.exec(error.stack ?? '') ?? [];
  return line === undefined ? error.message : `${error.message}, at line ${line}, column ${caret.length + 1}`;
};
