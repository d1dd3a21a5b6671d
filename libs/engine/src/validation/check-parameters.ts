import type { DiagnosticList } from '../definition/diagnostic.ts';
import type { PipelineDefinition } from '../definition/schema.ts';
import { compileJsonSchema } from './json-schema-validator.ts';

/** Checks that the declared parameters are a JSON Schema of an object, and that the defaults fit it. */
export const checkParameters = (definition: PipelineDefinition, diagnostics: DiagnosticList): void => {
  const { parameters } = definition;
  if (parameters === undefined) return;
  const path = ['parameters'];
  if (parameters['type'] !== undefined && parameters['type'] !== 'object') {
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path: [...path, 'type'],
      message: 'Parameters are an object: \'type\' must be "object".',
    });
    return;
  }
  try {
    const validator = compileJsonSchema(parameters);
    const defaults = defaultsOf(parameters['properties']);
    for (const violation of validator.apply(structuredClone(defaults))) {
      const [name] = violation.path;
      if (name === undefined || !Object.hasOwn(defaults, name)) continue;
      diagnostics.add({
        code: 'IA_PIPELINE_PARAMETERS',
        path: [...path, 'properties', name, 'default'],
        message: `The default of '${name}' does not fit its own schema: ${violation.message}.`,
        hint: violation.hint,
      });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it can not be compiled';
    diagnostics.add({
      code: 'IA_PIPELINE_PARAMETERS',
      path,
      message: `The parameters are no valid JSON Schema: ${reason}.`,
    });
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
