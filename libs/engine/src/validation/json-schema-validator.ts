import type { JsonObject } from '@ia-modules/plugin-sdk';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { Finding, Path } from '../definition/diagnostic.ts';
import { compilePattern } from '../expression/pattern.ts';
import { didYouMean } from '../definition/suggest.ts';
import { FORMAT_HINTS, PIPELINE_FORMATS } from './json-schema-formats.ts';
import { isAffordable } from './validation-cost.ts';

export type SchemaViolation = {
  readonly path: Path;
  readonly message: string;
  readonly hint: Finding['hint'];
  /** Whether it says something of the value as a whole, so that a part of it that is not known yet could change it. */
  readonly dependsOnParts: boolean;
  /** Whether the key itself is wrong, whatever its value. */
  readonly isUnknownKey?: boolean;
  /** Nobody knows whether the value fits: finding out would cost too much. */
  readonly isUnchecked?: boolean;
};

/** A compiled JSON Schema. */
export type SchemaValidator = {
  /** Fills defaults into `value` in place and says what does not fit; one violation, and nothing else, where that is too much work. */
  readonly apply: (value: unknown) => readonly SchemaViolation[];
  /** The same however much work it is: for schemas that nobody wrote to keep the platform busy. */
  readonly applyTrusted: (value: unknown) => readonly SchemaViolation[];
};

// The package is CommonJS: its default export is the function itself or lies under `default`, by loader.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as (
  ajv: Ajv2020,
) => unknown;

/** Schemas come from tenants: their patterns run on RE2, where no pattern can hang. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiledPattern = compilePattern(pattern);
    // Ajv tells patterns apart by their text.
    return { test: (text: string) => compiledPattern.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);

const TOO_LARGE: SchemaViolation = {
  path: [],
  message: 'is too large for a schema of this size',
  hint: 'Use fewer of anyOf, oneOf, allOf, not, enum, required, default and uniqueItems in the schema, or a smaller value.',
  dependsOnParts: false,
  isUnchecked: true,
};

/** What came of compiling a schema: failing can take as long as succeeding, and is not tried again and again either. */
type Compiled = { readonly validator: SchemaValidator } | { readonly failure: Error };

const compiled = new WeakMap<JsonObject, Compiled>();

/** By their text, the ones used last at the end: the same schemas are read from the database again and again. */
const store = { byText: new Map<string, Compiled>(), chars: 0 };
const MAX_KEPT_CHARS = 2_000_000;

const keep = (text: string, outcome: Compiled): void => {
  if (!store.byText.delete(text)) store.chars += text.length;
  store.byText.set(text, outcome);
  for (const oldest of store.byText.keys()) {
    if (store.chars <= MAX_KEPT_CHARS) break;
    store.byText.delete(oldest);
    store.chars -= oldest.length;
  }
};

/**
 * Compiles a JSON Schema (2020-12), once for each schema object, and seldom again for an equal one.
 * @throws Error when the schema itself is not valid, or too large or too deep for the compiler
 */
export const compileJsonSchema = (schema: JsonObject): SchemaValidator => {
  const outcome = compiled.get(schema) ?? compileText(schema);
  compiled.set(schema, outcome);
  if ('failure' in outcome) throw outcome.failure;
  return outcome.validator;
};

const compileText = (schema: JsonObject): Compiled => {
  const text = JSON.stringify(schema);
  const outcome = store.byText.get(text) ?? tryToCompile(schema);
  keep(text, outcome);
  return outcome;
};

const tryToCompile = (schema: JsonObject): Compiled => {
  try {
    return { validator: compile(schema) };
  } catch (error) {
    if (error instanceof RangeError)
      return { failure: new Error('the schema is too large or too deep to be compiled') };
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  }
};

const compile = (schema: JsonObject): SchemaValidator => {
  const validate = hasIdentity(schema) ? createAjv().compile(schema) : compileShared(schema);
  return {
    apply: (value) => (isAffordable(schema, value) ? violationsOf(validate, value) : [TOO_LARGE]),
    applyTrusted: (value) => violationsOf(validate, value),
  };
};

let metaSchema: ValidateFunction | undefined;

/** Checks a JSON Schema (2020-12) as a value, without compiling it. */
export const checkAgainstMetaSchema = (schema: JsonObject): readonly SchemaViolation[] => {
  metaSchema ??= createAjv().getSchema('https://json-schema.org/draft/2020-12/schema');
  return metaSchema === undefined ? [] : violationsOf(metaSchema, schema);
};

let sharedAjv: Ajv2020 | undefined;

/** Making a compiler costs many times what a schema does. It keeps nothing of the schemas that it compiled. */
const compileShared = (schema: JsonObject): ValidateFunction => {
  sharedAjv ??= createAjv();
  try {
    return sharedAjv.compile(schema);
  } finally {
    sharedAjv.removeSchema(schema);
  }
};

/** Whether a schema names itself or parts of it, which must not meet the names of others. */
export const hasIdentity = (schema: JsonObject): boolean =>
  hasKey(schema, (key) => key.startsWith('$') && key !== '$schema');

/** Whether a schema uses a keyword beyond JSON Schema that the compiler knows, and refuses in some places. */
export const hasExtension = (schema: JsonObject): boolean =>
  hasKey(schema, (key, value) => EXTENSIONS.has(key) && typeof value !== 'object');

const EXTENSIONS: ReadonlySet<string> = new Set([
  'id',
  'nullable',
  'formatMinimum',
  'formatMaximum',
  'formatExclusiveMinimum',
  'formatExclusiveMaximum',
]);

const hasKey = (schema: JsonObject, isWanted: (key: string, value: unknown) => boolean): boolean => {
  const pending: unknown[] = [schema];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (isWanted(key, child)) return true;
      if (typeof child === 'object') pending.push(child);
    }
  }
  return false;
};

const createAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: false,
    ownProperties: true,
    validateSchema: true,
    // Puts the schema into each error, which hints are made of.
    verbose: true,
    logger: false,
    // Looking for what could be left out of the code takes several times as long as writing it.
    code: { regExp: linearRegExp, optimize: false },
    // A short schema may refer to a long one a thousand times: that is compiled once.
    inlineRefs: false,
  });
  addFormats(ajv);
  for (const [name, validate] of Object.entries(PIPELINE_FORMATS)) ajv.addFormat(name, validate);
  return ajv;
};

const violationsOf = (validate: ValidateFunction, value: unknown): SchemaViolation[] =>
  validate(value) ? [] : withoutBranches(validate.errors ?? []).map(toViolation);

const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'oneOf']);

/** Of a union, what is wrong inside the value says more than that no branch fits; else that one finding is enough. */
const withoutBranches = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const unions = new Set(errors.filter(({ keyword }) => UNIONS.has(keyword)).map(placeOf));
  if (unions.size === 0) return errors;
  /** Unions that are told of by something deeper in their value. */
  const opened = new Set<string>();
  const kept = errors.filter((error) => {
    const around = placesAround(error).filter(({ place }) => unions.has(place));
    for (const { place, isDeeper } of around) if (isDeeper) opened.add(place);
    return UNIONS.has(error.keyword) || around[0]?.isDeeper !== false;
  });
  return kept.filter((error) => !UNIONS.has(error.keyword) || !opened.has(placeOf(error)));
};

const placeOf = ({ schemaPath, instancePath }: Pick<ErrorObject, 'schemaPath' | 'instancePath'>): string =>
  `${schemaPath}\n${instancePath}`;

const UNION_SEGMENT = /\/(?:anyOf|oneOf)(?=\/)/g;

/** Where unions may stand that an error is in a branch of, innermost first. The same schema stands at each item of a list. */
const placesAround = ({ schemaPath, instancePath }: ErrorObject) => {
  const schemaPaths = [...schemaPath.matchAll(UNION_SEGMENT)]
    .map(({ 0: segment, index }) => schemaPath.slice(0, index + segment.length))
    .toReversed();
  const instancePaths = [instancePath];
  for (let path = instancePath; path !== ''; ) {
    path = path.slice(0, path.lastIndexOf('/'));
    instancePaths.push(path);
  }
  return schemaPaths.flatMap((union) =>
    instancePaths.map((path) => ({
      place: placeOf({ schemaPath: union, instancePath: path }),
      isDeeper: path !== instancePath,
    })),
  );
};

/** What a single wrong part could turn around, so that a part that is only known at run time excuses it. */
const WHOLE_VALUE_KEYWORDS: ReadonlySet<string> = new Set([
  ...UNIONS,
  'not',
  'if',
  'const',
  'enum',
  'contains',
  'uniqueItems',
]);

const toViolation = (error: ErrorObject): SchemaViolation => {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const dependsOnParts = WHOLE_VALUE_KEYWORDS.has(error.keyword);
  const unknownKey: unknown = error.params['additionalProperty'] ?? error.params['unevaluatedProperty'];
  if (typeof unknownKey === 'string') {
    return {
      path: [...path, unknownKey],
      message: `has an unknown key '${unknownKey}'`,
      hint: () => didYouMean(unknownKey, keysOf(error.parentSchema?.['properties'])),
      dependsOnParts,
      isUnknownKey: true,
    };
  }
  const missingKey: unknown = error.params['missingProperty'];
  if (typeof missingKey === 'string') {
    return { path: [...path, missingKey], message: 'is required', hint: undefined, dependsOnParts };
  }
  return { path, message: error.message ?? 'does not fit the schema', hint: hintFor(error), dependsOnParts };
};

const keysOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

const hintFor = (error: ErrorObject): string | undefined => {
  const allowed: unknown = error.params['allowedValues'];
  if (Array.isArray(allowed)) return `Allowed: ${allowed.map((value) => JSON.stringify(value)).join(', ')}.`;
  const format: unknown = error.params['format'];
  return typeof format === 'string' ? FORMAT_HINTS.get(format) : undefined;
};
