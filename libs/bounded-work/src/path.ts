import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { refusedInput } from './data-errors.ts';

const MAX_PATH_CHARS = 500;
const MAX_SEGMENTS = 50;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SEGMENT = /\.?([^.[\]'"*]+)|\.?\[(\d{1,9})\]|\.?\[(\*)\]|\.(\*)|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Keys and places that lead to one value. */
export type Path = readonly (string | number)[];
const EACH = Symbol('each');
/** A path that may lead to many values: `rows[*].email`. */
export type PathPattern = readonly (string | number | typeof EACH)[];

/**
 * Reads `lines[0].sku`, `rows[*].email`, `["a key"].x`, with or without `$.` before it; `$` and the empty text are the whole.
 * @throws PluginError `IA_PLUGIN_INPUT`
 */
export const parsePath = (text: string): PathPattern => {
  const start = text.startsWith('$') ? 1 : 0;
  const segments: (string | number | typeof EACH)[] = [];
  if (text.length > MAX_PATH_CHARS) throw unreadable(text);
  SEGMENT.lastIndex = start;
  while (SEGMENT.lastIndex < text.length) {
    const found = SEGMENT.exec(text);
    if (found === null || segments.length >= MAX_SEGMENTS) throw unreadable(text);
    const [, name, index, star, dotStar, single, double] = found;
    if (index !== undefined) segments.push(Number(index));
    else if (star !== undefined || dotStar !== undefined) segments.push(EACH);
    else segments.push(checkKey(name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'), text));
  }
  return segments;
};

const checkKey = (key: string, text: string): string => {
  if (FORBIDDEN.has(key)) throw unreadable(text);
  return key;
};

const unreadable = (text: string) =>
  refusedInput(`"${text.slice(0, 100)}" is no path.`, 'Write it as in address.city, lines[0].sku or rows[*].email.');

/** The value at a path without `*`; undefined when there is none. */
export const readPath = (value: Json, path: PathPattern): Json | undefined => {
  let current: Json | undefined = value;
  for (const segment of path) {
    if (segment === EACH) throw refusedInput('A path that leads to one value has no * in it.');
    current = childOf(current, segment);
    if (current === undefined) return undefined;
  }
  return current;
};

const childOf = (value: Json | undefined, segment: string | number): Json | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof segment === 'number' ? value[segment] : undefined;
  const key = String(segment);
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
};

/** Every place that a pattern leads to, with its value; a key that is missing at its end has the value undefined. */
export function* selectPaths(
  value: Json,
  pattern: PathPattern,
): Generator<{ readonly path: Path; readonly value: Json | undefined }> {
  yield* select({ value, pattern, path: [] });
}

type Selecting = { readonly value: Json | undefined; readonly pattern: PathPattern; readonly path: Path };

function* select({ value, pattern, path }: Selecting): Generator<{ path: Path; value: Json | undefined }> {
  const [segment, ...rest] = pattern;
  if (segment === undefined) {
    yield { path, value };
  } else if (segment !== EACH) {
    yield* select({ value: childOf(value, segment), pattern: rest, path: [...path, segment] });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* select({ value: item, pattern: rest, path: [...path, index] });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      yield* select({ value: item, pattern: rest, path: [...path, key] });
  }
}

/** Writes a path as JSONPath: `$.rows[3].email`. */
export const pathText = (path: Path): string =>
  `$${path.map((part) => (typeof part === 'number' ? `[${part}]` : NAME.test(part) ? `.${part}` : `['${escape(part)}']`)).join('')}`;

const escape = (key: string): string => key.replaceAll(/['\\]/g, '\\$&');
