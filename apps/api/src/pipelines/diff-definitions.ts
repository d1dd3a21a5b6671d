import type { Json, JsonObject } from '@ia-modules/engine';
import diffJson from 'microdiff';

const PIPELINE_PARTS = ['step', 'transition', 'parameter', 'output', 'plugin', 'setting'] as const;
export type PipelinePart = (typeof PIPELINE_PARTS)[number];

export type ChangeKind = 'added' | 'removed' | 'changed';

/** One value that differs. Undefined: it is not there. */
export type ValueChange = {
  readonly kind: ChangeKind;
  /** JSON path within the part: `$.with.url`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
};

/** One part of a definition that differs. */
export type PartChange = {
  readonly part: PipelinePart;
  readonly kind: ChangeKind;
  /** Id of the step, `from->to` of the transition, name of what else it is. */
  readonly name: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** What differs within a part that both have. */
  readonly values: readonly ValueChange[];
  /** One line for people. */
  readonly summary: string;
};

type Parts = ReadonlyMap<string, Json>;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const printPath = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return IDENTIFIER.test(segment) ? `${text}.${segment}` : `${text}[${JSON.stringify(segment)}]`;
  }, '$');

const KIND_OF = { CREATE: 'added', REMOVE: 'removed', CHANGE: 'changed' } as const;

const isContainer = (value: Json | undefined): value is JsonObject | Json[] =>
  typeof value === 'object' && value !== null;

const compareValues = (before: Json, after: Json): ValueChange[] => {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    return diffJson(before as JsonObject, after as JsonObject, { cyclesFix: false }).map((difference) => ({
      kind: KIND_OF[difference.type],
      path: printPath(difference.path),
      before: difference.type === 'CREATE' ? undefined : (difference.oldValue as Json),
      after: difference.type === 'REMOVE' ? undefined : (difference.value as Json),
    }));
  }
  return before === after ? [] : [{ kind: 'changed', path: '$', before, after }];
};

const MAX_NAMED_PATHS = 3;

const summarize = (part: PipelinePart, name: string, values: readonly ValueChange[]): string => {
  const paths = values.map(({ path }) => path.replace(/^\$\.?/, '')).filter((path) => path !== '');
  if (paths.length === 0) return `${part} ${name} changed`;
  const more = paths.length > MAX_NAMED_PATHS ? ` and ${paths.length - MAX_NAMED_PATHS} more` : '';
  return `${part} ${name} changed: ${paths.slice(0, MAX_NAMED_PATHS).join(', ')}${more}`;
};

const compareParts = (part: PipelinePart, before: Parts, after: Parts): PartChange[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((name): PartChange[] => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === undefined) {
      return [{ part, kind: 'added', name, before: old, after: now, values: [], summary: `${part} ${name} added` }];
    }
    if (now === undefined) {
      return [{ part, kind: 'removed', name, before: old, after: now, values: [], summary: `${part} ${name} removed` }];
    }
    const values = compareValues(old, now);
    if (values.length === 0) return [];
    return [{ part, kind: 'changed', name, before: old, after: now, values, summary: summarize(part, name, values) }];
  });

const objectOf = (value: Json | undefined): JsonObject => (isContainer(value) && !Array.isArray(value) ? value : {});

const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.map((item) => objectOf(item)) : [];

const named = (value: Json | undefined): Parts => new Map(Object.entries(objectOf(value)));

/** Parts of a list by a name of their own: of several with one name, each further one gets its number. */
const listed = (items: readonly JsonObject[], nameOf: (item: JsonObject) => string): Parts => {
  const parts = new Map<string, Json>();
  for (const item of items) {
    const name = nameOf(item);
    let key = name;
    for (let count = 2; parts.has(key); count += 1) key = `${name} (${count})`;
    parts.set(key, item);
  }
  return parts;
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** Everything but what is compared part by part. */
const settingsOf = ({ steps: _steps, outputs: _outputs, plugins: _plugins, ...rest }: JsonObject): Parts => {
  const { flow, parameters, ...head } = rest;
  const { transitions: _transitions, ...flowRest } = objectOf(flow);
  const { properties: _properties, ...parametersRest } = objectOf(parameters);
  const prefixed = (prefix: string, object: JsonObject) =>
    Object.entries(object).map(([key, value]) => [`${prefix}.${key}`, value] as const);
  return new Map([...Object.entries(head), ...prefixed('flow', flowRest), ...prefixed('parameters', parametersRest)]);
};

const partsOf = (definition: Json): Readonly<Record<PipelinePart, Parts>> => {
  const root = objectOf(definition);
  return {
    step: listed(listOf(root['steps']), (step) => textOf(step['id'])),
    transition: listed(
      listOf(objectOf(root['flow'])['transitions']),
      ({ from, to }) => `${textOf(from)}->${textOf(to)}`,
    ),
    parameter: named(objectOf(root['parameters'])['properties']),
    output: named(root['outputs']),
    plugin: named(root['plugins']),
    setting: settingsOf(root),
  };
};

/**
 * What differs between two definitions, part by part: steps by their ids, transitions by their ends, the others by their names.
 * In which order they are written makes no difference.
 */
export const diffDefinitions = (before: Json, after: Json): PartChange[] => {
  const [old, now] = [partsOf(before), partsOf(after)];
  return PIPELINE_PARTS.flatMap((part) => compareParts(part, old[part], now[part]));
};
