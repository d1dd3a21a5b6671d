import type { JsonObject } from '@ia-modules/plugin-sdk';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { Path } from '../definition/diagnostic.ts';
import { compilePattern } from '../expression/pattern.ts';
import { didYouMean } from '../definition/suggest.ts';

export type SchemaViolation = { readonly path: Path; readonly message: string; readonly hint: string | undefined };

/** A compiled JSON Schema. `apply` fills defaults into `value` in place and says what does not fit. */
export type SchemaValidator = { readonly apply: (value: unknown) => readonly SchemaViolation[] };

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

const compiled = new WeakMap<JsonObject, SchemaValidator>();

/**
 * Compiles a JSON Schema (2020-12), once for each schema object.
 * @throws Error when the schema itself is not valid
 */
export const compileJsonSchema = (schema: JsonObject): SchemaValidator => {
  const known = compiled.get(schema);
  if (known) return known;
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: false,
    ownProperties: true,
    validateSchema: true,
    // Puts the schema into each error, which hints are made of.
    verbose: true,
    code: { regExp: linearRegExp },
  });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  const validator: SchemaValidator = { apply: (value) => violationsOf(validate, value) };
  compiled.set(schema, validator);
  return validator;
};

const violationsOf = (validate: ValidateFunction, value: unknown): SchemaViolation[] =>
  validate(value) ? [] : (validate.errors ?? []).map(toViolation);

const toViolation = (error: ErrorObject): SchemaViolation => {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const unknownKey: unknown = error.params['additionalProperty'];
  if (typeof unknownKey === 'string') {
    const properties = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
    return {
      path: [...path, unknownKey],
      message: `has an unknown key '${unknownKey}'`,
      hint: didYouMean(unknownKey, properties),
    };
  }
  const missingKey: unknown = error.params['missingProperty'];
  if (typeof missingKey === 'string') return { path: [...path, missingKey], message: 'is required', hint: undefined };
  return { path, message: error.message ?? 'does not fit the schema', hint: hintFor(error) };
};

const hintFor = (error: ErrorObject): string | undefined => {
  const allowed: unknown = error.params['allowedValues'];
  return Array.isArray(allowed) ? `Allowed: ${allowed.map((value) => JSON.stringify(value)).join(', ')}.` : undefined;
};
