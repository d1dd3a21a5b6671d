import type { JsonSchema } from './json-schema.ts';

/** What a JSON Schema of a manifest may cost whoever compiles it and checks values with it; `parts` is what all those of a manifest may have together. */
export const SCHEMA_LIMITS = {
  chars: 65_536,
  depth: 32,
  parts: 20_000,
  /** With `unevaluatedProperties` or `unevaluatedItems`: compiling these takes the square of the parts. */
  unevaluatedParts: 1_000,
  uniqueItems: 1_000,
} as const;

/** `path` leads to the part of the schema that is wrong. */
export type SchemaProblem = { readonly path: readonly (string | number)[]; readonly message: string };

/** Keywords that hold schemas by name, in a list, or one; every other keyword holds data. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const DATA = new Set(['const', 'enum', 'default', 'examples', 'required', 'type', 'dependentRequired']);
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object']);
const NAMING = new Set(['$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor']);
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const UNEVALUATED = /"unevaluated(?:Properties|Items)":/;
const MAX_PROBLEMS = 20;

type Path = readonly (string | number)[];
type Size = { readonly parts: number; readonly depth: number };
type SchemaObject = { readonly [keyword: string]: unknown };
const NOTHING: Size = { parts: 0, depth: 0 };

/** Lists what keeps a JSON Schema from being compiled and used at a bounded cost, whoever wrote it. */
export const findSchemaProblems = (schema: unknown): readonly SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  const tell = (path: Path, message: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ path, message });
  };
  if (!isObject(schema)) return [{ path: [], message: 'must be a JSON Schema, an object' }];
  const text = JSON.stringify(schema);
  const chars = text.length;
  if (chars > SCHEMA_LIMITS.chars) {
    return [{ path: [], message: `must be at most ${SCHEMA_LIMITS.chars} characters as JSON; it has ${chars}` }];
  }
  const { parts, depth } = createMeter(schema, tell)(schema, []);
  if (parts > SCHEMA_LIMITS.parts) {
    const told = `has ${parts} parts when its references are replaced by what they name`;
    tell([], `${told}; at most ${SCHEMA_LIMITS.parts} are allowed: refer to a shared definition less often`);
  }
  if (parts > SCHEMA_LIMITS.unevaluatedParts && UNEVALUATED.test(text)) {
    const most = `at most ${SCHEMA_LIMITS.unevaluatedParts} are allowed with unevaluatedProperties or unevaluatedItems`;
    tell([], `has ${parts} parts; ${most}: use additionalProperties`);
  }
  if (depth > SCHEMA_LIMITS.depth) {
    tell(
      [],
      `is nested ${depth} levels deep; at most ${SCHEMA_LIMITS.depth} are allowed: use {} for parts of any shape`,
    );
  }
  return problems;
};

/** Counts the parts of a schema without problems, with its references replaced by what they name. */
export const countSchemaParts = (schema: JsonSchema): number => createMeter(schema, () => {})(schema, []).parts;

/** Measures schemas with their references replaced by what they name; each schema is looked at once. */
const createMeter = (root: SchemaObject, tell: (path: Path, message: string) => void) => {
  const known = new Map<object, Size>();
  const open = new Set<object>();
  const measure = (schema: unknown, path: Path): Size => {
    if (typeof schema === 'boolean') return { parts: 1, depth: 1 };
    if (!isObject(schema)) {
      tell(path, 'must be a schema: an object, true or false');
      return NOTHING;
    }
    const size = known.get(schema);
    if (size !== undefined) return size;
    open.add(schema);
    checkKeywords(schema, path, tell);
    const sizes = [...childrenOf(schema)].map(([steps, child]) => measure(child, [...path, ...steps]));
    sizes.push(measureTarget(schema['$ref'], [...path, '$ref']));
    open.delete(schema);
    const whole = {
      parts: sizes.reduce((sum, { parts }) => sum + parts, 1 + countData(schema)),
      depth: 1 + Math.max(0, ...sizes.map(({ depth }) => depth)),
    };
    known.set(schema, whole);
    return whole;
  };
  const measureTarget = (reference: unknown, path: Path): Size => {
    if (reference === undefined) return NOTHING;
    const target = typeof reference === 'string' ? resolvePointer(root, reference) : undefined;
    if (target === undefined) {
      tell(path, 'must name a part of this schema, such as "#/$defs/address"; other documents are never fetched');
      return NOTHING;
    }
    if (typeof target !== 'object' || target === null || !open.has(target)) return measure(target, path);
    tell(path, 'refers to a schema that contains it; recursive schemas are not allowed: use {} for parts of any shape');
    return NOTHING;
  };
  return measure;
};

const checkKeywords = (schema: SchemaObject, path: Path, tell: (path: Path, message: string) => void): void => {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword];
    if (MAPS.has(keyword) && !isObject(value)) tell([...path, keyword], 'must be an object of schemas by name');
    if (LISTS.has(keyword) && !Array.isArray(value)) tell([...path, keyword], 'must be a list of schemas');
    if (NAMING.has(keyword)) tell([...path, keyword], 'is not allowed: name shared parts under $defs and use $ref');
  }
  const { $schema, type, uniqueItems, maxItems, required, enum: values } = schema;
  if ($schema !== undefined && $schema !== DIALECT) tell([...path, '$schema'], `must be ${DIALECT}, or left out`);
  const types = Array.isArray(type) ? type : [type];
  if (type !== undefined && !types.every((name) => TYPES.has(name as string))) {
    tell([...path, 'type'], `must be one or more of ${[...TYPES].join(', ')}`);
  }
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string'))) {
    tell([...path, 'required'], 'must be a list of property names');
  }
  if (values !== undefined && !Array.isArray(values)) tell([...path, 'enum'], 'must be a list of values');
  if (uniqueItems === true && !(typeof maxItems === 'number' && maxItems <= SCHEMA_LIMITS.uniqueItems)) {
    tell([...path, 'uniqueItems'], `needs maxItems of at most ${SCHEMA_LIMITS.uniqueItems} beside it`);
  }
};

/** The schemas right inside of one, each with the way there. What an unknown keyword holds counts as a schema when it can be one. */
function* childrenOf(schema: SchemaObject): Generator<readonly [Path, unknown]> {
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref' || DATA.has(keyword)) continue;
    if (MAPS.has(keyword)) {
      if (isObject(value)) for (const [name, child] of Object.entries(value)) yield [[keyword, name], child];
    } else if (Array.isArray(value)) {
      for (const [index, child] of value.entries()) {
        if (LISTS.has(keyword) || isObject(child)) yield [[keyword, index], child];
      }
    } else if (isObject(value) && !LISTS.has(keyword)) {
      yield [[keyword], value];
    }
  }
}

/** Constants, enumerations and defaults count by their values. */
const countData = (schema: SchemaObject): number => {
  let count = 0;
  const pending: unknown[] = [...DATA].flatMap((keyword) => schema[keyword] ?? []);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    count++;
    if (typeof value === 'object' && value !== null) pending.push(...Object.values(value));
  }
  return count;
};

const resolvePointer = (root: SchemaObject, reference: string): unknown => {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let current: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const key = decode(part)?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (key === undefined || typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[key];
  }
  return current;
};

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
