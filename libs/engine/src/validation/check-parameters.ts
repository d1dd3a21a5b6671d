import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import type { PipelineDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { findSchemaProblems } from './find-schema-problems.ts';
import { findKeywordTypos } from './schema-keywords.ts';
import { compileJsonSchema, hasExtension, hasIdentity, type SchemaViolation } from './json-schema-validator.ts';

const ROOT: Path = ['parameters'];

/** Checks that the declared parameters are a JSON Schema of an object, and that the defaults fit it. */
export const checkParameters = ({ parameters }: PipelineDefinition, diagnostics: DiagnosticList): void => {
  if (parameters === undefined) return;
  if (parameters['type'] !== undefined && parameters['type'] !== 'object') {
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path: [...ROOT, 'type'],
      message: 'Parameters are an object: \'type\' must be "object".',
    });
    return;
  }
  const problems = findSchemaProblems(parameters);
  for (const { path, message, hint } of problems) {
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path: [...ROOT, ...path],
      message: `The parameters are no valid JSON Schema: ${message}.`,
      hint,
    });
  }
  for (const { path, key, meant } of findKeywordTypos(parameters)) {
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      severity: 'warning',
      path: [...ROOT, ...path],
      message: `JSON Schema has no keyword '${key}', so that it has no effect.`,
      hint: `Did you mean '${meant}'?`,
    });
  }
  if (problems.length > 0) return;
  checkDefaults(parameters, diagnostics);
  checkRequired(parameters, diagnostics);
};

const checkDefaults = (parameters: JsonObject, diagnostics: DiagnosticList): void => {
  const defaults = defaultsOf(parameters['properties']);
  const mayNotCompile = hasIdentity(parameters) || hasExtension(parameters);
  if (Object.keys(defaults).length === 0 && !mayNotCompile) return;
  for (const { path, message, hint } of violationsOf(parameters, structuredClone(defaults), diagnostics)) {
    const [name, ...rest] = path;
    if (name === undefined || !Object.hasOwn(defaults, name)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path: [...ROOT, 'properties', name, 'default', ...rest],
      message: `The default of '${name}' does not fit its own schema: ${message}.`,
      hint,
    });
  }
};

const violationsOf = (
  parameters: JsonObject,
  defaults: Record<string, unknown>,
  diagnostics: DiagnosticList,
): readonly SchemaViolation[] => {
  try {
    return compileJsonSchema(parameters).apply(defaults);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it can not be compiled';
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path: ROOT,
      message: `The parameters are no valid JSON Schema: ${reason}.`,
    });
    return [];
  }
};

const defaultsOf = (properties: unknown): Record<string, unknown> => {
  if (typeof properties !== 'object' || properties === null) return {};
  return Object.fromEntries(
    Object.entries(properties as Record<string, unknown>).flatMap(([name, schema]) =>
      typeof schema === 'object' && schema !== null && 'default' in schema ? [[name, schema.default]] : [],
    ),
  );
};

/** What is required must be declared, or no run could start; what has a default is never missing. */
const checkRequired = (parameters: JsonObject, diagnostics: DiagnosticList): void => {
  const { required } = parameters;
  if (!Array.isArray(required)) return;
  const properties = (parameters['properties'] ?? {}) as JsonObject;
  const defaults = defaultsOf(properties);
  const isOpen = parameters['additionalProperties'] !== undefined || parameters['patternProperties'] !== undefined;
  for (const [index, name] of required.entries()) {
    if (typeof name !== 'string') continue;
    if (!Object.hasOwn(properties, name) && !isOpen) {
      diagnostics.add({
        code: 'IA_PIPELINE_PARAMETERS',
        path: [...ROOT, 'required', index],
        message: `The parameter '${name}' is required and not declared: no run could start.`,
        hint: () => didYouMean(name, Object.keys(properties)) ?? 'Declare it under properties.',
      });
    } else if (Object.hasOwn(defaults, name)) {
      diagnostics.add({
        code: 'IA_PIPELINE_SHADOWED_DEFAULT',
        severity: 'warning',
        path: [...ROOT, 'properties', name, 'default'],
        message: `The parameter '${name}' is required and has a default: one of the two has no effect.`,
        hint: 'Remove it from required, or remove the default.',
      });
    }
  }
};
