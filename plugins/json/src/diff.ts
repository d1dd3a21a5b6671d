import { checkSize, defineOperation } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { equals } from './equals.ts';
import { extendPointer } from './pointer.ts';

const MAX_VALUES = 50_000;

export const diff = defineOperation({
  name: 'diff',
  title: 'Compare JSON',
  description: 'Compares a value with another one, and gives the JSON Patch that makes the other one of it.',
  takes: 'anything, the older value',
  config: z.strictObject({ to: z.custom<Json>().describe('The newer value.') }),
  apply: (value, { to }) => {
    checkSize(value, { values: MAX_VALUES });
    checkSize(to, { values: MAX_VALUES });
    return [...differences(value, to, '')];
  },
});

type Difference = { readonly op: 'add' | 'replace' | 'remove'; readonly path: string; readonly value?: Json };

/** One pass over both: a list is compared item by item between its equal beginning and its equal end. */
export function* differences(from: Json, to: Json, path: string): Generator<Difference> {
  if (Array.isArray(from) && Array.isArray(to)) yield* ofLists(from as readonly Json[], to as readonly Json[], path);
  else if (isObject(from) && isObject(to)) yield* ofObjects(from, to, path);
  else if (from !== to) yield { op: 'replace', path, value: to };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* ofObjects(from: JsonObject, to: JsonObject, path: string): Generator<Difference> {
  for (const [key, item] of Object.entries(from)) {
    const place = extendPointer(path, key);
    if (Object.hasOwn(to, key)) yield* differences(item, to[key] as Json, place);
    else yield { op: 'remove', path: place };
  }
  for (const [key, item] of Object.entries(to)) {
    if (!Object.hasOwn(from, key)) yield { op: 'add', path: extendPointer(path, key), value: item };
  }
}

function* ofLists(from: readonly Json[], to: readonly Json[], path: string): Generator<Difference> {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && equals(from[head], to[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && equals(from.at(-1 - tail), to.at(-1 - tail))) tail += 1;
  const both = shorter - head - tail;
  for (let index = head; index < head + both; index += 1) {
    yield* differences(from[index] as Json, to[index] as Json, extendPointer(path, index));
  }
  for (let index = from.length - tail - 1; index >= head + both; index -= 1) {
    yield { op: 'remove', path: extendPointer(path, index) };
  }
  for (let index = head + both; index < to.length - tail; index += 1) {
    yield { op: 'add', path: extendPointer(path, index), value: to[index] as Json };
  }
}
