import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import { inferType, type KnownSchemas } from '../expression/check-types.ts';
import { checkInputType } from './check-input-types.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { outputSchemaOf } from './step-types.ts';

/** Checks expressions against the types that parameters and outputs are known to have. */
export const checkExpressionTypes = (check: PipelineCheck, readings: readonly Reading[]): void => {
  const known = knownSchemas(check, undefined);
  for (const reading of readings) {
    const { expression, path, place } = reading;
    if (isItems(path)) checkItems(check, { source: expression.source, resultType: expression.resultType, path, known });
    // What undoes an item sees that item's output, not the list.
    const isOfItem = place.hasItem && place.own === 'there' && place.step !== null;
    const seen = isOfItem ? knownSchemas(check, place.step) : known;
    const { type, problems } = inferType(expression, seen);
    if (problems.length === 0) checkInputType(check, reading, type);
    for (const { message, hint, start, end } of problems) {
      const part = expression.source.slice(start, end);
      if (isAskedFor(part, expression.source)) continue;
      check.diagnostics.add({
        code: 'IA_PIPELINE_TYPE',
        path,
        message: part === expression.source ? message : `${message.replace(/\.$/, '')} in \`${part}\`.`,
        hint,
      });
    }
  }
};

/** Whether the same expression asks `has(part)`: then it is no mistake that the part may not be there. */
const isAskedFor = (part: string, source: string): boolean =>
  source.replaceAll(/\s/g, '').includes(`has(${part.replaceAll(/\s/g, '')})`);

const isItems = (path: Path): boolean => path[2] === 'for_each' && path.at(-1) === 'items';

type Items = {
  readonly source: string;
  readonly resultType: string;
  readonly path: Path;
  readonly known: KnownSchemas;
};

/** What is mapped over must be a list. */
const checkItems = ({ diagnostics }: PipelineCheck, { source, resultType, path, known }: Items): void => {
  const isOther = resultType !== 'dyn' && !resultType.startsWith('list');
  const type = isOther ? resultType : schemaAt(source, known)?.['type'];
  if (typeof type !== 'string' || (!isOther && type === 'array')) return;
  diagnostics.add({
    code: 'IA_PIPELINE_ITEMS',
    path,
    message: `\`${source}\` is of type ${type}, not a list.`,
    hint: 'Map over a list, such as a field of an output that holds one.',
  });
};

const FIELD = /^(?:parameters|steps\.(?<step>\w+)\.output)(?<fields>(?:\.\w+)*)$/;

/** The schema of a plain chain of fields; undefined where nothing is known. */
const schemaAt = (source: string, { parameters, outputs }: KnownSchemas): JsonObject | undefined => {
  const found = FIELD.exec(source)?.groups;
  if (found === undefined) return undefined;
  let schema: unknown = found['step'] === undefined ? parameters : outputs?.(found['step']);
  for (const field of (found['fields'] ?? '').split('.').slice(1)) {
    const properties: unknown = isJsonObject(schema) ? schema['properties'] : undefined;
    schema = isJsonObject(properties) ? properties[field] : undefined;
  }
  return isJsonObject(schema) ? schema : undefined;
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
