import type { Path } from '../diagnostic.ts';
import { isRecord, shorten, textOf, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

const TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  text: 'string',
  int: 'integer',
  float: 'number',
  bool: 'boolean',
  list: 'array',
  dict: 'object',
};
const SCHEMA_KEYS: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  '$schema',
  '$ref',
  '$defs',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'title',
  'description',
  'minProperties',
  'maxProperties',
]);
const ENTRY_KEYS: ReadonlySet<string> = new Set(['name', 'schema', 'required', 'default', 'description']);

/** Whether a value is a list of parameters as the older dialect writes them. */
export const isParameterList = (value: unknown): value is readonly JsonRecord[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((entry) => isRecord(entry) && typeof entry['name'] === 'string');

/** Whether a value maps names to defaults or schemas, where the language wants one schema of an object. */
const isParameterMap = (value: unknown): value is JsonRecord =>
  isRecord(value) && Object.keys(value).length > 0 && !Object.keys(value).some((key) => SCHEMA_KEYS.has(key));

export const parameterNamesOf = (value: unknown): string[] => {
  if (isParameterList(value)) return value.map((entry) => textOf(entry['name']));
  if (isParameterMap(value)) return Object.keys(value);
  return isRecord(value) && isRecord(value['properties']) ? Object.keys(value['properties']) : [];
};

/** Makes one JSON Schema of a list or map of parameters; everything else stays as it is. */
export const rewriteParameters = (value: unknown, log: RewriteLog): unknown => {
  const path: Path = ['parameters'];
  if (isParameterList(value)) {
    if (hasTwins(value, log)) return value;
    log.rewritten(path, 'The list of parameters is one JSON Schema of an object.');
    return toSchema(
      value.map((entry, index) => readEntry(entry, [...path, index], log)),
      log,
    );
  }
  if (Array.isArray(value) && value.length === 0) {
    log.rewritten(path, 'An empty list of parameters is left out.');
    return undefined;
  }
  if (!isParameterMap(value)) return value;
  log.rewritten(path, 'The map of parameters is one JSON Schema of an object.');
  return toSchema(
    Object.entries(value).map(([name, entry]) =>
      isRecord(entry) && typeof entry['type'] === 'string'
        ? readEntry({ ...entry, name }, [...path, name], log)
        : { name, schema: { default: entry }, schemaPath: [...path, name], isRequired: false },
    ),
    log,
  );
};

const hasTwins = (entries: readonly JsonRecord[], log: RewriteLog): boolean => {
  const seen = new Set<unknown>();
  let isTwin = false;
  for (const [index, { name }] of entries.entries()) {
    if (seen.has(name)) {
      log.leftover(['parameters', index, 'name'], `Another parameter is called '${shorten(textOf(name))}' already.`, {
        covers: ['parameters'],
      });
      isTwin = true;
    }
    seen.add(name);
  }
  return isTwin;
};

/** Declares what is only read as `pipeline_input.<name>`, where the declared parameters would refuse it. */
export const declareInputs = (parameters: unknown, inputs: ReadonlySet<string>, log: RewriteLog): unknown => {
  const declared = new Set(parameterNamesOf(parameters));
  const missing = [...inputs].filter((name) => !declared.has(name));
  if (missing.length === 0 || (parameters !== undefined && !isRecord(parameters))) return parameters;
  log.rewritten(
    parameters === undefined ? [] : ['parameters'],
    `Declared as parameters, because 'pipeline_input' reads them: ${missing.join(', ')}.`,
    'Say what type each has.',
  );
  const { properties } = parameters ?? {};
  const added = Object.fromEntries(missing.map((name) => [name, {}]));
  return { type: 'object', ...parameters, properties: { ...(isRecord(properties) ? properties : {}), ...added } };
};

type Parameter = {
  readonly name: string;
  readonly schema: JsonRecord;
  readonly schemaPath: Path;
  readonly isRequired: boolean;
};

const readEntry = (entry: JsonRecord, path: Path, log: RewriteLog): Parameter => {
  const { name, schema, required, default: fallback, description } = entry;
  const own = Object.fromEntries(Object.entries(entry).filter(([key]) => !ENTRY_KEYS.has(key)));
  const read: Record<string, unknown> = { ...own, ...(isRecord(schema) ? schema : {}) };
  if (schema !== undefined && !isRecord(schema)) {
    log.leftover([...path, 'schema'], 'The schema of a parameter is an object.');
    read['schema'] = schema;
  }
  const { type } = read;
  if (typeof type === 'string' && Object.hasOwn(TYPES, type)) {
    read['type'] = TYPES[type];
    log.rewritten(
      [...path, ...(isRecord(schema) ? ['schema'] : []), 'type'],
      `The type '${type}' is called '${TYPES[type]}'.`,
    );
  }
  if (description !== undefined) read['description'] = description;
  if (fallback !== undefined) read['default'] = fallback;
  return {
    name: textOf(name),
    schema: read,
    schemaPath: isRecord(schema) ? [...path, 'schema'] : path,
    isRequired: required === true && fallback === undefined,
  };
};

const toSchema = (parameters: readonly Parameter[], log: RewriteLog): JsonRecord => {
  for (const { name, schemaPath } of parameters) log.place(['parameters', 'properties', name], schemaPath);
  const required = [...new Set(parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name))];
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    ...(required.length > 0 ? { required } : {}),
  };
};
