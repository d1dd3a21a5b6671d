import { basename, dirname, resolve } from 'node:path';
import { didYouMean } from '@ia-modules/engine';
import { type ModuleExports, readExports } from './module-exports.ts';
import { type ModuleProblem, parseModule } from './parse-module.ts';

/** Looks at local modules without running them. */
export type ModuleCheck = {
  /** What stands in the way of using an export; undefined when nothing does. `path` is relative to the pipeline's folder. */
  check(path: string, exportName: string): ModuleProblem | undefined;
  /** What a module exports, or why it can't be told. */
  read(path: string): ModuleExports | ModuleProblem;
};

const MAX_NAMES_IN_HINT = 10;

export const createModuleCheck = (directory: string): ModuleCheck => {
  const modules = new Map<string, ModuleExports | ModuleProblem>();
  const read = (file: string, shown: string): ModuleExports | ModuleProblem => {
    const known = modules.get(file);
    if (known !== undefined) return known;
    const parsed = parseModule(file, shown);
    const result = 'message' in parsed ? parsed : readExports(parsed);
    modules.set(file, result);
    return result;
  };
  return {
    read: (path) => read(resolve(directory, path), path),
    check: (path, exportName) => {
      const file = resolve(directory, path);
      const exports = read(file, path);
      if ('message' in exports) return exports;
      const search: Search = { read, seen: new Set(), names: new Set() };
      const answer = findExport(file, exportName, search);
      if (answer !== 'missing') return answer === 'found' ? undefined : answer;
      return { message: `${path} exports no '${exportName}'.`, hint: hintOf(exportName, [...search.names]) };
    },
  };
};

type Search = {
  readonly read: (file: string, shown: string) => ModuleExports | ModuleProblem;
  readonly seen: Set<string>;
  /** Every name that is exported, for a hint. */
  readonly names: Set<string>;
};

const findExport = (file: string, name: string, search: Search): 'found' | 'missing' | ModuleProblem => {
  if (search.seen.has(`${file}#${name}`)) return 'missing';
  search.seen.add(`${file}#${name}`);
  const exports = search.read(file, basename(file));
  if ('message' in exports) return exports;
  if (exports.isOpen || exports.names.has(name)) return 'found';
  if (exports.contributions === 'unknown') return 'found';
  const contributed = exports.contributions?.map((contribution) => contribution.name) ?? [];
  if (contributed.includes(name)) return 'found';
  for (const known of [...exports.names, ...exports.forwarded.keys(), ...contributed]) search.names.add(known);
  const forwarded = exports.forwarded.get(name);
  if (forwarded !== undefined) return findForwarded({ file, ...forwarded }, search);
  if (name === 'default') return 'missing';
  let answer: 'missing' | ModuleProblem = 'missing';
  for (const source of exports.stars) {
    const found = findForwarded({ file, source, name }, search);
    if (found === 'found') return 'found';
    if (found !== 'missing') answer = found;
  }
  return answer;
};

type Forwarded = { readonly file: string; readonly source: string; readonly name: string };

/** Only files beside the module are followed: what a package exports is not for this check to say. */
const findForwarded = ({ file, source, name }: Forwarded, search: Search): 'found' | 'missing' | ModuleProblem =>
  /^\.{1,2}\//.test(source) ? findExport(resolve(dirname(file), source), name, search) : 'found';

const hintOf = (name: string, names: readonly string[]): string => {
  if (names.length === 0) return 'It exports nothing.';
  return didYouMean(name, names) ?? `It exports: ${names.toSorted().slice(0, MAX_NAMES_IN_HINT).join(', ')}.`;
};
