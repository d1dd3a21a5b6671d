import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { isJsonObject } from '../definition/is-json-object.ts';
import type { Located } from './print-expression.ts';

export type Kind = 'a number' | 'a text' | 'true or false' | 'null' | 'a list' | 'an object';

/** What is known of a value before there is one. */
export type StaticType = {
  /** The kinds that it can be; undefined when it can be any. */
  readonly kinds?: ReadonlySet<Kind>;
  /** The fields that it surely has no others than; undefined when that is not known. */
  readonly closedFields?: readonly string[];
  readonly field?: (name: string) => StaticType;
  /** What its elements are, when it is a list. */
  readonly element?: StaticType;
};

/** The types of an expression's own variables. */
export type Locals = ReadonlyMap<string, StaticType>;

/** What each part of the type check is given: how to look further down, and where to say what it found. */
export type TypeCheck = {
  readonly infer: (node: Located, locals: Locals) => StaticType;
  readonly report: (node: Located, message: string, hint?: string) => void;
};

export const ANY: StaticType = {};
export const NUMBER: StaticType = { kinds: new Set<Kind>(['a number']) };
export const TEXT: StaticType = { kinds: new Set<Kind>(['a text']) };
export const TRUTH: StaticType = { kinds: new Set<Kind>(['true or false']) };
export const NULL: StaticType = { kinds: new Set<Kind>(['null']) };
export const LIST: StaticType = { kinds: new Set<Kind>(['a list']) };
export const OBJECT: StaticType = { kinds: new Set<Kind>(['an object']) };

export const listOf = (element: StaticType): StaticType => ({ ...LIST, element });

/** An object of exactly these fields. */
export const objectOf = (fields: Readonly<Record<string, StaticType>>): StaticType => ({
  ...OBJECT,
  closedFields: Object.keys(fields),
  field: (name) => (Object.hasOwn(fields, name) ? (fields[name] ?? ANY) : ANY),
});

/** Either of two: only what is known of both is known of it. */
export const eitherOf = (left: StaticType, right: StaticType): StaticType =>
  left.kinds === undefined || right.kinds === undefined ? ANY : { kinds: new Set([...left.kinds, ...right.kinds]) };

const KINDS: Readonly<Record<string, Kind>> = {
  number: 'a number',
  integer: 'a number',
  string: 'a text',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

const COMBINING_KEYS = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties'] as const;

/** What a JSON Schema says of its values for certain; what it combines from others is not looked into. */
export const typeOfSchema = (schema: Json | undefined): StaticType => {
  if (!isJsonObject(schema)) return ANY;
  const kinds = kindsOf(schema);
  if (kinds === undefined) return ANY;
  if (COMBINING_KEYS.some((key) => schema[key] !== undefined)) return { kinds };
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const isClosed = schema['additionalProperties'] === false && isOnly(kinds, 'an object');
  return {
    kinds,
    ...(isOnly(kinds, 'an object')
      ? { field: (name: string) => typeOfSchema(Object.hasOwn(properties, name) ? properties[name] : undefined) }
      : {}),
    ...(isClosed ? { closedFields: Object.keys(properties) } : {}),
    ...(isOnly(kinds, 'a list') && schema['prefixItems'] === undefined
      ? { element: typeOfSchema(schema['items']) }
      : {}),
  };
};

export const isOnly = (kinds: ReadonlySet<Kind> | undefined, kind: Kind): boolean =>
  kinds?.size === 1 && kinds.has(kind);

const kindsOf = (schema: JsonObject): ReadonlySet<Kind> | undefined => {
  const { type } = schema;
  const names: readonly Json[] = typeof type === 'string' ? [type] : Array.isArray(type) ? type : [];
  const kinds = names.map((name) => (typeof name === 'string' && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined));
  return kinds.length === 0 || kinds.includes(undefined) || schema['nullable'] === true
    ? undefined
    : new Set(kinds.filter((kind) => kind !== undefined));
};

/** The kinds of a type in words: `a number or null`. */
export const describe = ({ kinds }: StaticType): string => [...(kinds ?? [])].join(' or ');

export const describeFirst = (type: StaticType): string => {
  const text = describe(type);
  return text.charAt(0).toUpperCase() + text.slice(1);
};
