import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { compileJsonSchema, type SchemaViolation } from './json-schema-validator.ts';
import type { PipelineCheck } from './pipeline-check.ts';

export type InputCheck = {
  readonly value: JsonObject;
  readonly schema: JsonObject;
  readonly path: Path;
  /** What the message speaks of: `The input of 'fetch'`. */
  readonly subject: string;
};

/** Checks a `with` against its schema, as far as it is known before the run: templates fit anything. */
export const checkInput = ({ diagnostics }: PipelineCheck, { value, schema, path, subject }: InputCheck): void => {
  for (const violation of violationsOf(schema, structuredClone(value))) {
    // What is too large to be checked now is checked, or refused, where it runs.
    if (violation.isUnchecked === true) continue;
    if (!violation.isUnknownKey && isTemplated(value, violation.path)) continue;
    if (violation.dependsOnParts && holdsTemplate(valueAt(value, violation.path))) continue;
    const name = violation.path.join('.');
    diagnostics.add({
      code: 'IA_PIPELINE_WITH',
      path: [...path, ...violation.path],
      message: `${subject}${name === '' ? '' : ` at ${name}`} ${violation.message}.`,
      hint: violation.hint,
    });
  }
};

const violationsOf = (schema: JsonObject, value: JsonObject): readonly SchemaViolation[] => {
  try {
    return compileJsonSchema(schema).apply(value);
  } catch {
    // A contract that is no valid schema is its plugin's fault, not this pipeline's: the plugin checks its input itself.
    return [];
  }
};

const valueAt = (value: Json, path: Path): unknown =>
  path.reduce<unknown>(
    (current, segment) =>
      typeof current === 'object' && current !== null
        ? (current as Record<string | number, unknown>)[segment]
        : undefined,
    value,
  );

/** Whether the value there, or one above it, is only known at run time. */
const isTemplated = (value: Json, path: Path): boolean => {
  let current: unknown = value;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null) break;
    current = (current as Record<string | number, unknown>)[segment];
  }
  return isTemplate(current);
};

export const isTemplate = (value: unknown): boolean => typeof value === 'string' && value.includes('{{');

/** Whether any text in a value is a template; the value's depth is bounded when the definition is read. */
const holdsTemplate = (root: unknown): boolean => {
  const pending: unknown[] = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (isTemplate(value)) return true;
    if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) pending.push(child);
  }
  return false;
};
