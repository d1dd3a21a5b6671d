import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { MAX_DEPTH } from '../definition/nesting.ts';

/** A value of a run that a debugger may change, and where in it. */
export type Variable =
  | { readonly root: 'parameters'; readonly keys: readonly string[] }
  | { readonly root: 'steps'; readonly stepId: string; readonly field: string; readonly keys: readonly string[] };

/** `.name`, `[0]`, `['a name']` or `["a name"]`; the dot is left out in front. */
const SEGMENT = /(?:^|(?<=.)\.)(?<name>[^.[\]'"\s]+)|\[(?<index>\d{1,9})\]|\[(?<quote>['"])(?<quoted>.*?)\k<quote>\]/y;

/** The parts of a path: `steps['sum-up'].output.rows[0]`. Undefined when it can't be read, or leads deeper than values go. */
export const splitPath = (path: string): readonly string[] | undefined => {
  const keys: string[] = [];
  let position = 0;
  while (position < path.length) {
    SEGMENT.lastIndex = position;
    const match = SEGMENT.exec(path);
    if (match === null || keys.length > MAX_DEPTH) return undefined;
    const { name, index, quoted } = match.groups ?? {};
    keys.push(name ?? index ?? quoted ?? '');
    position = SEGMENT.lastIndex;
  }
  return keys;
};

/** Reads a path; undefined when it leads to nothing that could be changed. */
export const parseVariable = (path: string): Variable | undefined => {
  const [root, ...keys] = splitPath(path) ?? [];
  if (root === 'parameters') return { root, keys };
  const [stepId, field, ...rest] = keys;
  return root === 'steps' && stepId !== undefined && field !== undefined
    ? { root, stepId, field, keys: rest }
    : undefined;
};

/** A copy of `target` with another value at the end of the keys; undefined when they lead through a text or past a list. */
export const replaceAt = (target: Json | undefined, keys: readonly string[], value: Json): Json | undefined => {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(target)) return replaceInList(target as readonly Json[], { key, rest, value });
  if (typeof target !== 'object' && target !== undefined) return undefined;
  const object = (target ?? {}) as JsonObject;
  const inner = replaceAt(Object.hasOwn(object, key) ? object[key] : undefined, rest, value);
  if (inner === undefined) return undefined;
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, inner]]);
};

type Replacement = { readonly key: string; readonly rest: readonly string[]; readonly value: Json };

/** The place after the last one is there too: it makes the list longer. */
const replaceInList = (list: readonly Json[], { key, rest, value }: Replacement): Json | undefined => {
  const index = /^\d+$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > list.length) return undefined;
  const inner = replaceAt(list[index], rest, value);
  return inner === undefined ? undefined : [...list.slice(0, index), inner, ...list.slice(index + 1)];
};
