/** A schema, its value, and how much looking at both may cost yet. */
type Meter = { readonly root: unknown; left: number; readonly sizes: WeakMap<object, number> };
type SchemaObject = { readonly [keyword: string]: unknown };
/** What can be told of a schema without a value. */
type Prepared = {
  readonly keywords: number;
  readonly properties: ReadonlyMap<string, unknown>;
  readonly required: readonly string[];
  /** What is filled in where a property is missing, by its cost. */
  readonly defaults: readonly (readonly [name: string, cost: number])[];
};

/** About a microsecond each, and half a kilobyte when something is wrong: less than a second of work at the worst. */
const MAX_COST = 1_000_000;
/** Texts that a pattern, or whatever else is made of a text, takes in for one. */
const CHARS = 50;
/** What telling of something wrong costs. */
const TOLD = 3;
/** Names that can be looked up in an object for one. */
const NAMES = 20;
/** Elements that are compared with another for one. */
const COMPARED = 50;
const COMPARED_CHARS = 10_000;
const MAX_DEPTH = 500;

const BRANCHES = ['allOf', 'anyOf', 'oneOf'] as const;
const SAME_VALUE = ['not', 'if', 'then', 'else'] as const;
const EACH_ITEM = ['items', 'contains', 'unevaluatedItems'] as const;
const EACH_PROPERTY = ['additionalProperties', 'unevaluatedProperties'] as const;
const NO_ASSERTIONS: ReadonlySet<string> = new Set(['title', 'description', 'examples', 'default', '$defs', '$schema']);

const prepared = new WeakMap<object, Prepared>();

/**
 * Tells whether a value may be checked against a schema: validating finds everything that is wrong, fills in defaults and compares
 * items with each other, so that a short schema and a short value can be the work of minutes and the memory of a machine.
 */
export const isAffordable = (schema: object, value: unknown): boolean => {
  const meter: Meter = { root: schema, left: MAX_COST, sizes: new WeakMap() };
  visit(meter, schema, { value, depth: 0 });
  return meter.left >= 0;
};

type Place = { readonly value: unknown; readonly depth: number };

/** Goes where the validation would go, and stops as soon as it costs too much. */
const visit = (meter: Meter, schema: unknown, { value, depth }: Place): void => {
  meter.left -= 1;
  if (depth > MAX_DEPTH) meter.left = -1;
  if (meter.left < 0 || !isObject(schema)) return;
  const { keywords } = prepare(schema);
  meter.left -= keywords;
  const here = { value, depth: depth + 1 };
  if (typeof schema['$ref'] === 'string') visit(meter, targetOf(meter.root, schema['$ref']), here);
  for (const keyword of BRANCHES) for (const branch of listIn(schema[keyword])) visitBranch(meter, branch, here);
  for (const keyword of SAME_VALUE) if (schema[keyword] !== undefined) visit(meter, schema[keyword], here);
  for (const values of [schema['enum'], [schema['const']]]) meter.left -= listIn(values).length / NAMES;
  if (typeof value === 'string') visitText(meter, schema, value);
  else if (Array.isArray(value)) visitItems(meter, schema, { value, depth: depth + 1 });
  else if (isObject(value)) visitProperties(meter, schema, { value, depth: depth + 1 });
};

/** Of alternatives, all but one are wrong. */
const visitBranch = (meter: Meter, branch: unknown, place: Place): void => {
  meter.left -= TOLD;
  visit(meter, branch, place);
};

const visitText = (meter: Meter, schema: SchemaObject, { length }: { readonly length: number }): void => {
  for (const keyword of ['pattern', 'format', 'minLength', 'maxLength']) {
    if (schema[keyword] !== undefined) meter.left -= length / CHARS;
  }
};

type Items = { readonly value: readonly unknown[]; readonly depth: number };
const visitItems = (meter: Meter, schema: SchemaObject, { value, depth }: Items): void => {
  for (const keyword of EACH_ITEM) {
    if (schema[keyword] === undefined) continue;
    for (const item of value) {
      if (meter.left < 0) return;
      visit(meter, schema[keyword], { value: item, depth });
    }
  }
  for (const [index, item] of listIn(schema['prefixItems']).entries())
    visit(meter, item, { value: value[index], depth });
  if (schema['uniqueItems'] === true) meter.left -= (value.length * sizeOf(meter, value)) / 2;
};

type Properties = { readonly value: SchemaObject; readonly depth: number };
const visitProperties = (meter: Meter, schema: SchemaObject, { value, depth }: Properties): void => {
  const { properties, required, defaults } = prepare(schema);
  const names = Object.keys(value);
  meter.left -= (properties.size + required.length) / NAMES;
  for (const name of required) if (meter.left >= 0 && !Object.hasOwn(value, name)) meter.left -= TOLD;
  for (const [name, cost] of defaults) if (meter.left >= 0 && !Object.hasOwn(value, name)) meter.left -= cost;
  const each = EACH_PROPERTY.filter((keyword) => schema[keyword] !== undefined).map((keyword) => schema[keyword]);
  const patterns = Object.values(isObject(schema['patternProperties']) ? schema['patternProperties'] : {});
  for (const name of names) {
    if (meter.left < 0) return;
    if (properties.has(name)) visit(meter, properties.get(name), { value: value[name], depth });
    for (const child of [...each, ...patterns]) visit(meter, child, { value: value[name], depth });
    meter.left -= (patterns.length * name.length) / CHARS;
    if (schema['propertyNames'] !== undefined) visit(meter, schema['propertyNames'], { value: name, depth });
  }
  const dependent = isObject(schema['dependentSchemas']) ? schema['dependentSchemas'] : {};
  for (const child of Object.values(dependent)) visit(meter, child, { value, depth });
};

const prepare = (schema: SchemaObject): Prepared => {
  const known = prepared.get(schema);
  if (known !== undefined) return known;
  const properties = new Map(Object.entries(isObject(schema['properties']) ? schema['properties'] : {}));
  const made: Prepared = {
    keywords: Object.keys(schema).filter((keyword) => !NO_ASSERTIONS.has(keyword)).length,
    properties,
    required: listIn(schema['required']).filter((name) => typeof name === 'string'),
    defaults: [...properties].flatMap(([name, child]) =>
      isObject(child) && child['default'] !== undefined
        ? [[name, 1 + JSON.stringify(child['default']).length / CHARS] as const]
        : [],
    ),
  };
  prepared.set(schema, made);
  return made;
};

/** What comparing a value with another one costs. */
const sizeOf = (meter: Meter, value: unknown): number => {
  if (typeof value === 'string') return 1 / COMPARED + value.length / COMPARED_CHARS;
  if (typeof value !== 'object' || value === null) return 1 / COMPARED;
  const known = meter.sizes.get(value);
  if (known !== undefined) return known;
  const size = Object.values(value).reduce<number>((sum, child) => sum + sizeOf(meter, child), 1 / COMPARED);
  meter.sizes.set(value, size);
  return size;
};

const targetOf = (root: unknown, reference: string): unknown => {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let node = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    node = typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? Reflect.get(node, name) : undefined;
  }
  return node;
};

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
