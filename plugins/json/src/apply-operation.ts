import { PluginError, type Json, type JsonObject } from '@ia-modules/plugin-sdk';
import { equals } from './equals.ts';
import type { PatchOperation } from './patch-operation.ts';
import { readPointer } from './pointer.ts';

export type Applied = {
  readonly value: Json;
  /** What the value got that it had not before. */
  readonly added?: Json;
};

/**
 * Applies one operation of RFC 6902; nothing is changed in place.
 * @throws PluginError `PatchError`
 */
export const applyOperation = (document: Json, operation: PatchOperation, index: number): Applied => {
  const where: Place = { index, pointer: operation.path };
  const path = readPointer(operation.path);
  switch (operation.op) {
    case 'add':
      return { value: put(document, path, { where, written: operation.value, isNew: true }), added: operation.value };
    case 'replace':
      return { value: put(document, path, { where, written: operation.value, isNew: false }), added: operation.value };
    case 'remove':
      return { value: take(document, path, where) };
    case 'test':
      if (equals(find(document, path, where), operation.value)) return { value: document };
      throw failed(where, 'another value is there');
    case 'copy': {
      const copied = find(document, readPointer(operation.from), { index, pointer: operation.from });
      return { value: put(document, path, { where, written: copied, isNew: true }), added: copied };
    }
    default: {
      if (operation.path.startsWith(`${operation.from}/`)) throw failed(where, 'a value can not be moved into itself');
      const from = readPointer(operation.from);
      const moved = find(document, from, { index, pointer: operation.from });
      if (from.length === 0) return { value: document };
      return { value: put(take(document, from, where), path, { where, written: moved, isNew: true }) };
    }
  }
};

type Place = { readonly index: number; readonly pointer: string };

const failed = ({ index, pointer }: Place, why: string): PluginError =>
  new PluginError({
    name: 'PatchError',
    message: `Operation ${index} of the patch can not be applied at "${pointer.slice(0, 200)}": ${why}.`,
    details: { operation: index, path: pointer.slice(0, 200) },
  });

const find = (document: Json, path: readonly string[], where: Place): Json =>
  path.reduce((value, part) => childOf(value, part, where), document);

const childOf = (value: Json, part: string, where: Place): Json => {
  if (Array.isArray(value)) return value[placeIn(value, part, where)] as Json;
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, part))
    return (value as JsonObject)[part] as Json;
  throw failed(where, 'there is no such value');
};

const placeIn = (list: readonly Json[], part: string, where: Place, end = list.length - 1): number => {
  const place = /^(?:0|[1-9]\d{0,8})$/.test(part) ? Number(part) : -1;
  if (place >= 0 && place <= end) return place;
  throw failed(where, `a list of ${list.length} items has no place "${part.slice(0, 50)}"`);
};

type Putting = { readonly where: Place; readonly written: Json; readonly isNew: boolean };

const put = (value: Json, path: readonly string[], putting: Putting): Json => {
  const [part, ...rest] = path;
  if (part === undefined) return putting.written;
  const { where, written, isNew } = putting;
  if (rest.length > 0) return withChild(value, part, put(childOf(value, part, where), rest, putting));
  if (Array.isArray(value)) {
    if (!isNew) return value.toSpliced(placeIn(value, part, where), 1, written);
    return value.toSpliced(part === '-' ? value.length : placeIn(value, part, where, value.length), 0, written);
  }
  if (typeof value !== 'object' || value === null) throw failed(where, 'it lies below a value that is no object');
  if (!isNew) childOf(value, part, where);
  return withChild(value, part, written);
};

const take = (value: Json, path: readonly string[], where: Place): Json => {
  const [part, ...rest] = path;
  if (part === undefined) return null;
  const child = childOf(value, part, where);
  if (rest.length > 0) return withChild(value, part, take(child, rest, where));
  if (Array.isArray(value)) return value.toSpliced(Number(part), 1);
  return Object.fromEntries(Object.entries(value as JsonObject).filter(([key]) => key !== part));
};

/** Through a map: an assignment to `__proto__` would change the object itself. */
const withChild = (value: Json, part: string, child: Json): Json =>
  Array.isArray(value)
    ? value.with(Number(part), child)
    : Object.fromEntries(new Map(Object.entries(value as JsonObject)).set(part, child));
