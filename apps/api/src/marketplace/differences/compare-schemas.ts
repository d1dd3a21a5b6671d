import { createSchemaFindings, type SchemaChange, type SchemaUse } from './schema-findings.ts';
import { compareLimits } from './schema-limits.ts';

export type { SchemaChange } from './schema-findings.ts';

type SchemaObject = { readonly [keyword: string]: unknown };
type Comparison = { readonly before: unknown; readonly after: unknown; readonly use: SchemaUse };
type Sides = { readonly before: SchemaObject; readonly after: SchemaObject };

const MAX_DEPTH = 12;
const MAX_PAIRS = 5_000;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * Lists how a JSON Schema differs from an earlier one, and whether what fitted the earlier one may fail with it: for what a
 * contribution accepts that is anything narrower, for what it returns anything wider. Bounded, whatever the schemas are.
 */
export const compareSchemas = ({ before, after, use }: Comparison): readonly SchemaChange[] => {
  const findings = createSchemaFindings(use);
  const seen = new Map<SchemaObject, Set<SchemaObject>>();
  const roots = { before: toSchema(before), after: toSchema(after) };
  let pairs = 0;
  const compare = (given: Sides, path: string, depth: number): void => {
    const sides = { before: follow(given.before, roots.before), after: follow(given.after, roots.after) };
    const others = seen.get(sides.before) ?? new Set();
    pairs += 1;
    if (depth > MAX_DEPTH || pairs > MAX_PAIRS || others.has(sides.after)) return;
    seen.set(sides.before, others.add(sides.after));
    compareLimits(sides, findings.at(path));
    const go = (next: Readonly<{ before: unknown; after: unknown }>, place: string): void =>
      compare({ before: toSchema(next.before), after: toSchema(next.after) }, `${path}${place}`, depth + 1);
    compareProperties(sides, findings.at(path), { go, at: (place) => findings.at(`${path}${place}`) });
    compareItems(sides, go);
    compareAlternatives(sides, findings.at(path), go);
  };
  compare(roots, '$', 0);
  return findings.list();
};

type Findings = ReturnType<ReturnType<typeof createSchemaFindings>['at']>;
type Go = (sides: Readonly<{ before: unknown; after: unknown }>, place: string) => void;
type Walk = { readonly go: Go; readonly at: (place: string) => Findings };

const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ANYTHING: SchemaObject = {};
const NOTHING: SchemaObject = { not: ANYTHING };

const toSchema = (value: unknown): SchemaObject => {
  if (isObject(value)) return value;
  return value === false ? NOTHING : ANYTHING;
};

/** Follows references within the schema; what leads nowhere, or in a circle, says nothing. */
const follow = (schema: SchemaObject, root: SchemaObject): SchemaObject => {
  let target = schema;
  for (let hops = 0; typeof target['$ref'] === 'string' && hops < MAX_DEPTH; hops += 1) {
    const { $ref: reference, ...beside } = target;
    const found = toSchema(resolvePointer(reference, root));
    target = Object.keys(beside).length === 0 ? found : { ...found, ...beside };
  }
  return target;
};

const resolvePointer = (reference: string, root: SchemaObject): unknown => {
  if (!reference.startsWith('#')) return undefined;
  let value: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return value;
};

const placeOf = (name: string): string => (IDENTIFIER.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);

const propertiesOf = (schema: SchemaObject): ReadonlyMap<string, unknown> =>
  new Map(isObject(schema['properties']) ? Object.entries(schema['properties']) : []);

/** What has to be given: the platform fills in defaults. */
const neededBy = (schema: SchemaObject): ReadonlySet<string> => {
  const properties = propertiesOf(schema);
  const hasDefault = (name: string): boolean => Object.hasOwn(toSchema(properties.get(name)), 'default');
  const required: unknown = schema['required'];
  return new Set(Array.isArray(required) ? required.filter((name: string) => !hasDefault(name)) : []);
};

const compareProperties = ({ before, after }: Sides, findings: Findings, { go, at }: Walk): void => {
  const [old, now] = [propertiesOf(before), propertiesOf(after)];
  const needed = { before: neededBy(before), after: neededBy(after) };
  const isClosed = after['additionalProperties'] === false;
  for (const name of new Set([...old.keys(), ...now.keys(), ...needed.before, ...needed.after])) {
    const place = placeOf(name);
    const isNeeded = needed.after.has(name);
    if (!old.has(name) && now.has(name)) at(place).added(isNeeded);
    else if (old.has(name) && !now.has(name)) at(place).removed(isClosed);
    else {
      go({ before: old.get(name), after: now.get(name) }, place);
      if (isNeeded && !needed.before.has(name)) at(place).narrowed('It is required now.');
      if (!isNeeded && needed.before.has(name)) at(place).widened('It is not required any more.');
    }
  }
  const [wasClosed, others] = [before['additionalProperties'] === false, 'properties that the schema does not name'];
  if (isClosed && !wasClosed) findings.narrowed(`It takes no ${others} any more.`);
  else if (wasClosed && !isClosed) findings.widened(`It may have ${others}.`);
  else if (!isClosed) go({ before: before['additionalProperties'], after: after['additionalProperties'] }, '[*]');
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const compareItems = ({ before, after }: Sides, go: Go): void => {
  const [old, now] = [listOf(before['prefixItems']), listOf(after['prefixItems'])];
  for (let place = 0; place < Math.max(old.length, now.length); place += 1) {
    go({ before: old[place] ?? before['items'], after: now[place] ?? after['items'] }, `[${place}]`);
  }
  go({ before: before['items'], after: after['items'] }, '[]');
};

const compareAlternatives = ({ before, after }: Sides, findings: Findings, go: Go): void => {
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
    const [old, now] = [listOf(before[keyword]), listOf(after[keyword])];
    const texts = { old: new Set(old.map(textOf)), now: new Set(now.map(textOf)) };
    const gone = old.filter((schema) => !texts.now.has(textOf(schema)));
    const come = now.filter((schema) => !texts.old.has(textOf(schema)));
    if (gone.length === 1 && come.length === 1 && old.length === now.length)
      go({ before: gone[0], after: come[0] }, '');
    else if (keyword === 'allOf') {
      if (come.length > 0) findings.narrowed('It has to fit more schemas (`allOf`).');
      if (gone.length > 0) findings.widened('It has to fit fewer schemas (`allOf`).');
    } else {
      // From no alternatives to some is a limit where there was none, and the other way round.
      const [isNewLimit, isLimitGone] = [old.length === 0 && now.length > 0, old.length > 0 && now.length === 0];
      if (isNewLimit || (gone.length > 0 && !isLimitGone))
        findings.narrowed(`It has fewer alternatives (\`${keyword}\`).`);
      if (isLimitGone || (come.length > 0 && !isNewLimit))
        findings.widened(`It has more alternatives (\`${keyword}\`).`);
    }
  }
};

/** Annotations change nothing. */
const textOf = (schema: unknown): string =>
  JSON.stringify(schema, (key, value: unknown) =>
    key === 'description' || key === 'title' || key === 'examples' ? undefined : sorted(value),
  );

const sorted = (value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
