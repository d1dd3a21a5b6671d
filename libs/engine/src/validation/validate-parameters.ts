import type { JsonObject } from '@ia-modules/plugin-sdk';
import { DiagnosticList, type Diagnostic } from '../definition/diagnostic.ts';
import { isNestedTooDeep, MAX_DEPTH } from '../definition/nesting.ts';
import type { PipelineDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { compileJsonSchema } from './json-schema-validator.ts';

/** What came of checking the parameters of a run. */
export type ParameterValidation = {
  /** The parameters with their defaults; undefined when there are errors. */
  readonly parameters?: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
};

const MAX_NAMES_IN_HINT = 20;

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

/** Finds parameters that are nested without end: whoever hashes or copies them first would run out of stack. */
export const checkNesting = (given: JsonObject): readonly Diagnostic[] => {
  const diagnostics = new DiagnosticList();
  const message = `Parameters may be nested ${MAX_DEPTH} levels deep.`;
  if (isNestedTooDeep(given)) diagnostics.add({ code: 'IA_PARAMETERS_INVALID', path: [], message });
  return diagnostics.list();
};

/** Checks a run's parameters against the pipeline's declaration and fills in the defaults. Undeclared ones are errors. */
export const validateParameters = (
  definition: Pick<PipelineDefinition, 'parameters'>,
  given: JsonObject,
): ParameterValidation => {
  const tooDeep = checkNesting(given);
  if (tooDeep.length > 0) return { diagnostics: tooDeep };
  const diagnostics = new DiagnosticList();
  const schema: JsonObject = definition.parameters ?? NO_PARAMETERS;
  const parameters = structuredClone(given);
  const declared = new Set(Object.keys((schema['properties'] as object | undefined) ?? {}));
  if (schema['additionalProperties'] === undefined && schema['patternProperties'] === undefined) {
    for (const name of Object.keys(given)) {
      if (declared.has(name)) continue;
      diagnostics.add({
        code: 'IA_PARAMETERS_INVALID',
        path: [name],
        message: `The pipeline declares no parameter '${name}'.`,
        hint: () => didYouMean(name, declared) ?? declaredHint(declared),
      });
    }
  }
  for (const { path, message, hint } of compileJsonSchema(schema).apply(parameters)) {
    diagnostics.add({ code: 'IA_PARAMETERS_INVALID', path, message, hint });
  }
  return diagnostics.hasErrors ? { diagnostics: diagnostics.list() } : { parameters, diagnostics: diagnostics.list() };
};

const declaredHint = (declared: ReadonlySet<string>): string | undefined => {
  if (declared.size === 0) return undefined;
  const named = [...declared.keys().take(MAX_NAMES_IN_HINT)].join(', ');
  return `Declared: ${named}${declared.size > MAX_NAMES_IN_HINT ? ', …' : '.'}`;
};
