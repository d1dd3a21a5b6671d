import { checkTypes, type KnownSchemas } from '../expression/check-types.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { outputSchemaOf } from './step-types.ts';

/** Checks expressions against the types that parameters and outputs are known to have. */
export const checkExpressionTypes = (check: PipelineCheck, readings: readonly Reading[]): void => {
  const known = knownSchemas(check, undefined);
  for (const { expression, path, place } of readings) {
    // What undoes an item sees that item's output, not the list.
    const isOfItem = place.hasItem && place.own === 'there' && place.step !== null;
    const seen = isOfItem ? knownSchemas(check, place.step) : known;
    for (const { message, hint, start, end } of checkTypes(expression, seen)) {
      const part = expression.source.slice(start, end);
      check.diagnostics.add({
        code: 'IA_PIPELINE_TYPE',
        path,
        message: part === expression.source ? message : `${message.replace(/\.$/, '')} in \`${part}\`.`,
        hint,
      });
    }
  }
};

const knownSchemas = (
  { definition, graph, types }: PipelineCheck,
  ofItem: number | null | undefined,
): KnownSchemas => ({
  parameters: definition.parameters,
  outputs: (stepId) => {
    const index = graph.indexOf.get(stepId) ?? -1;
    const step = definition.steps[index];
    const type = types[index];
    if (step === undefined || type === undefined) return undefined;
    return outputSchemaOf(index === ofItem ? { ...step, for_each: undefined } : step, type);
  },
});
