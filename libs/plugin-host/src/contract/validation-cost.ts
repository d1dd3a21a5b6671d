import type { Json, JsonSchema } from '@ia-modules/plugin-sdk';

const ALTERNATIVES: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf']);
const BRANCHES: ReadonlySet<string> = new Set(['not', 'if', 'then', 'else', 'contains', 'propertyNames']);
const BY_NAME: ReadonlySet<string> = new Set(['patternProperties', 'dependentSchemas']);
/** Comparing with an entry of `enum` is that much cheaper than looking at a schema. */
const ENUM_SHARE = 0.05;
const MAX_DEPTH = 64;

const known = new WeakMap<JsonSchema, number>();

/**
 * Bounds how many schemas may have to be looked at to validate a value: wherever it is, no more apply than the schema has
 * alternatives. Whoever writes both schema and value could keep the host busy for minutes otherwise.
 */
export const validationCost = (schema: JsonSchema, value: Json): number => {
  const alternatives = known.get(schema) ?? alternativesOf(schema, schema, 0);
  known.set(schema, alternatives);
  return alternatives === 0 ? 0 : alternatives * elementsOf(value);
};

const alternativesOf = (node: unknown, root: JsonSchema, depth: number): number => {
  if (typeof node !== 'object' || node === null) return 0;
  if (depth > MAX_DEPTH) return Infinity;
  if (Array.isArray(node)) return node.reduce<number>((sum, item) => sum + alternativesOf(item, root, depth + 1), 0);
  return Object.entries(node).reduce((sum, [key, child]) => {
    if (key === '$ref') return sum + alternativesOf(targetOf(root, child), root, depth + 1);
    if (key === 'enum' && Array.isArray(child)) return sum + child.length * ENUM_SHARE;
    if (key === 'const' || key === 'default' || key === 'examples' || key === '$defs') return sum;
    return sum + own(key, child) + alternativesOf(child, root, depth + 1);
  }, 0);
};

const own = (key: string, child: unknown): number => {
  if (ALTERNATIVES.has(key) && Array.isArray(child)) return child.length;
  if (BY_NAME.has(key) && typeof child === 'object' && child !== null) return Object.keys(child).length;
  return BRANCHES.has(key) ? 1 : 0;
};

const targetOf = (root: JsonSchema, reference: unknown): unknown => {
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
  let node: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    node = typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? Reflect.get(node, name) : undefined;
  }
  return node;
};

const elementsOf = (value: Json): number => {
  const rest: Json[] = [value];
  let count = 0;
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    count++;
    if (typeof item === 'object' && item !== null) for (const child of Object.values(item)) rest.push(child);
  }
  return count;
};
