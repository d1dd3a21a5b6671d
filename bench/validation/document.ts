import type { Json, JsonObject } from '@ia-modules/plugin-sdk';

export type Path = readonly (string | number)[];

/** One value of a document and where it stands. */
export type Place<T extends Json = Json> = { readonly path: Path; readonly value: T };

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Prints a path as diagnostics do. */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text + (IDENTIFIER.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`);
  }, '$');

type Container = Record<string | number, Json>;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at a path; undefined when nothing does. */
export const valueAt = (document: Json, path: Path): Json | undefined => {
  let value: Json | undefined = document;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, segment) ? (value as Container)[segment] : undefined;
  }
  return value;
};

/** A copy in which the container at `path`'s parent was changed. */
const edited = (document: Json, path: Path, change: (parent: Container, last: string | number) => void): Json => {
  const copy = structuredClone(document);
  const parent = valueAt(copy, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof parent !== 'object' || parent === null || last === undefined)
    throw new RangeError(`nothing stands around ${formatPath(path)}`);
  change(parent as Container, last);
  return copy;
};

export const withValue = (document: Json, path: Path, value: Json): Json =>
  edited(document, path, (parent, last) => {
    parent[last] = structuredClone(value);
  });

/** Leaves out a key, or an item of a list. */
export const without = (document: Json, path: Path): Json =>
  edited(document, path, (parent, last) => {
    if (Array.isArray(parent) && typeof last === 'number') parent.splice(last, 1);
    else delete parent[last];
  });

/** Keeps the key's place among its neighbours. */
export const withRenamedKey = (document: Json, path: Path, key: string): Json =>
  edited(document, path, (parent, last) => {
    const entries = Object.entries(parent).map(([name, value]) => [name === last ? key : name, value] as const);
    for (const name of Object.keys(parent)) delete parent[name];
    for (const [name, value] of entries) parent[name] = value;
  });

/** Adds an item to a list, which is made when it is missing. */
export const withAppended = (document: Json, path: Path, item: Json): Json => {
  const list = valueAt(document, path);
  return withValue(document, path, [...(Array.isArray(list) ? list : []), item]);
};

/** All values below a path with their places, containers before what they contain. */
export const placesBelow = (document: Json, root: Path = []): Place[] => {
  const start = valueAt(document, root);
  if (start === undefined) return [];
  const places: Place[] = [{ path: root, value: start }];
  for (const { path, value } of places) {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) places.push({ path: [...path, index], value: item });
    else if (isObject(value))
      for (const [key, item] of Object.entries(value)) places.push({ path: [...path, key], value: item });
  }
  return places;
};

/** A text as it is; the empty text for everything else. */
export const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
