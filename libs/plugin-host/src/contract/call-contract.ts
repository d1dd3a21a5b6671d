import { compileJsonSchema, type SchemaValidator, type SchemaViolation } from '@ia-modules/engine';
import {
  contributionsOf,
  type Json,
  type JsonObject,
  type JsonSchema,
  type ManifestContribution,
  PlatformError,
  PluginError,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import { RESULT_SCHEMAS } from '@ia-modules/plugin-sdk/host';
import type { PluginCall } from '../plugin-call.ts';

/** What a manifest promises of one contribution: looked at before and after each call, wherever its code runs. */
export type CallContract = {
  /**
   * Gives the input with the schema's defaults filled in.
   * @throws PluginError `IA_PLUGIN_INPUT`
   */
  readonly readInput: (input: Json) => Json;
  /** @throws PluginError `IA_PLUGIN_OUTPUT` */
  readonly checkOutput: (output: Json) => Json;
};

type Called = Pick<PluginCall, 'kind' | 'name'>;
type Versioned = { readonly name: string; readonly version: string; readonly manifest: PluginManifest };

const declarations = new WeakMap<PluginManifest, ReadonlyMap<string, ManifestContribution>>();
const keyOf = ({ kind, name }: Called): string => `${kind} ${name}`;

/**
 * Finds what a call's plugin declares.
 * @throws PlatformError `IA_PLUGIN_STEP` when it declares no such contribution, or one of another kind
 */
export const contractOf = (plugin: Versioned, called: Called): CallContract => {
  const declared = declaredBy(plugin.manifest).get(keyOf(called));
  if (declared === undefined) throw unknownContribution(plugin, called);
  const isBounded = plugin.manifest.runtime === 'sandbox';
  return declared.kind === 'step'
    ? {
        readInput: (input) => check({ schema: declared.input, value: input, what: 'input', called, isBounded }),
        checkOutput: (output) => check({ schema: declared.output, value: output, what: 'output', called, isBounded }),
      }
    : {
        readInput: (input) => {
          const { config = {}, ...rest } = input as JsonObject;
          return {
            ...rest,
            config: check({ schema: declared.config, value: config, what: 'config', called, isBounded }),
          };
        },
        checkOutput: (output) =>
          check({ schema: RESULT_SCHEMAS[declared.kind], value: output, what: 'output', called, isBounded }),
      };
};

const declaredBy = (manifest: PluginManifest): ReadonlyMap<string, ManifestContribution> => {
  const known = declarations.get(manifest);
  if (known !== undefined) return known;
  const declared = new Map(contributionsOf(manifest).map((contribution) => [keyOf(contribution), contribution]));
  declarations.set(manifest, declared);
  return declared;
};

type Checking = {
  readonly schema: JsonSchema;
  readonly value: Json;
  readonly what: 'input' | 'output' | 'config';
  readonly called: Called;
  /** Whether the schema is of somebody who might mean harm. */
  readonly isBounded: boolean;
};

const MAX_TOLD = 5;

const check = ({ schema, value, what, called, isBounded }: Checking): Json => {
  if (Object.keys(schema).length === 0) return value;
  const filled = what === 'output' ? value : structuredClone(value);
  const validator = compile({ schema, what, called });
  const violations = isBounded ? validator.apply(filled) : validator.applyTrusted(filled);
  if (violations.length === 0) return filled;
  if (violations[0]?.isUnchecked === true) throw tooCostly({ what, called, hint: violations[0].hint });
  const told = violations.slice(0, MAX_TOLD).map(({ path, message }) => `${path.join('.') || what}: ${message}`);
  throw new PluginError({
    code: what === 'output' ? 'IA_PLUGIN_OUTPUT' : 'IA_PLUGIN_INPUT',
    name: 'ValidationError',
    message: `The ${what} of the ${called.kind} "${called.name}" does not fit its schema: ${told.join('; ')}.`,
    details: { violations: violations.slice(0, MAX_TOLD).map(({ path, message }) => ({ path, message })) },
  });
};

const compile = ({
  schema,
  what,
  called: { kind, name },
}: Pick<Checking, 'schema' | 'what' | 'called'>): SchemaValidator => {
  try {
    return compileJsonSchema(schema as JsonObject);
  } catch (cause) {
    throw new PluginError({
      code: 'IA_PLUGIN_MANIFEST',
      message: `The schema of the ${what} of the ${kind} "${name}" can't be used: ${(cause as Error).message}.`,
      hint: 'Its author finds it with `ia-plugin validate`.',
      cause,
    });
  }
};

type TooCostly = Pick<Checking, 'what' | 'called'> & Pick<SchemaViolation, 'hint'>;

const tooCostly = ({ what, called: { kind, name }, hint }: TooCostly): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The ${what} of the ${kind} "${name}" is too large for its schema.`,
    ...(typeof hint === 'string' ? { hint } : {}),
  });

const unknownContribution = ({ name, version, manifest }: Versioned, called: Called): PlatformError => {
  const names = contributionsOf(manifest)
    .filter(({ kind }) => kind === called.kind)
    .map((contribution) => contribution.name);
  return new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message: `${name}@${version} has no ${called.kind} "${called.name}".`,
    hint: names.length === 0 ? undefined : `It has: ${names.join(', ')}.`,
  });
};
