import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { ContributionKind } from '../contribution.ts';
import type { Json, JsonObject } from '../json.ts';
import type { JsonSchema } from '../json-schema.ts';
import type { ManifestContribution } from '../manifest.ts';
import { PluginError } from '../plugin-error.ts';
import { RESULT_SCHEMAS } from '../result-schemas.ts';

/** What a manifest promises of one contribution, held before and after each call. */
export type ValueChecks = {
  /** Gives the input with the schema's defaults filled in. @throws PluginError `IA_PLUGIN_INPUT` */
  readonly readInput: (input: Json) => Json;
  /** @throws PluginError `IA_PLUGIN_OUTPUT` */
  readonly checkOutput: (output: Json) => Json;
};

// The package is CommonJS: its default export is the function itself or lies under `default`, by loader.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as (
  ajv: Ajv2020,
) => unknown;

const MAX_TOLD = 5;

export const createValueChecks = (declared: ManifestContribution): ValueChecks => {
  const { kind, name } = declared;
  if (kind === 'step') {
    return {
      readInput: checkWith({ schema: declared.input, what: 'input', kind, name }),
      checkOutput: checkWith({ schema: declared.output, what: 'output', kind, name }),
    };
  }
  const readConfig = checkWith({ schema: declared.config, what: 'config', kind, name });
  return {
    readInput: (input) => {
      const { config = {}, ...rest } = input as JsonObject;
      return { ...rest, config: readConfig(config) };
    },
    checkOutput: checkWith({ schema: RESULT_SCHEMAS[kind], what: 'output', kind, name }),
  };
};

type Place = {
  readonly schema: JsonSchema;
  readonly what: 'input' | 'output' | 'config';
  readonly kind: ContributionKind;
  readonly name: string;
};

const checkWith = ({ schema, what, kind, name }: Place): ((value: Json) => Json) => {
  let compiled: ValidateFunction | undefined;
  return (value) => {
    compiled ??= createAjv(what !== 'output').compile(schema);
    const filled = structuredClone(value);
    if (compiled(filled)) return filled;
    const told = (compiled.errors ?? []).slice(0, MAX_TOLD).map((error) => describe(error, what));
    throw new PluginError({
      code: what === 'output' ? 'IA_PLUGIN_OUTPUT' : 'IA_PLUGIN_INPUT',
      name: 'ValidationError',
      message: `The ${what} of the ${kind} "${name}" does not fit its schema: ${told.join('; ')}.`,
    });
  };
};

const createAjv = (useDefaults: boolean): Ajv2020 => {
  const ajv = new Ajv2020({ allErrors: true, useDefaults, strict: false, ownProperties: true, logger: false });
  addFormats(ajv);
  return ajv;
};

const describe = ({ instancePath, params, message }: ErrorObject, what: string): string => {
  const { missingProperty, additionalProperty } = params as Readonly<Record<string, string | undefined>>;
  const path = [...instancePath.split('/').slice(1), missingProperty ?? additionalProperty ?? []].flat();
  const place = path.length === 0 ? what : path.join('.');
  if (missingProperty !== undefined) return `${place}: is required`;
  if (additionalProperty !== undefined) return `${place}: has an unknown key '${additionalProperty}'`;
  return `${place}: ${message ?? 'does not fit'}`;
};
