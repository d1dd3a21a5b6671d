import { z } from 'zod';
import { pipelineSchema, type PipelineDefinition } from './schema.ts';

/** Prints a definition with its keys in the order of the schema, indented by two spaces. Reading it again gives the same definition. */
export const printPipeline = (definition: PipelineDefinition): string => printCanonical(definition);

/** Prints what may not be a valid definition: keys that the schema does not know come last. */
export const printCanonical = (value: unknown): string =>
  `${JSON.stringify(orderKeys(value, [pipelineSchema]), null, 2)}\n`;

/** Orders the keys of objects as the schemas list them; what they leave open keeps its order. */
const orderKeys = (value: unknown, schemas: readonly unknown[]): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const known = schemas.flatMap((schema) => unwrap(schema));
  if (Array.isArray(value)) {
    const elements = known.flatMap((schema) => (schema instanceof z.ZodArray ? [schema.element] : []));
    return elements.length === 0 ? value : value.map((item: unknown) => orderKeys(item, elements));
  }
  const shapes = known.flatMap((schema) => (schema instanceof z.ZodObject ? [schema.shape as Shape] : []));
  if (shapes.length === 0) return value;
  const object = value as Readonly<Record<string, unknown>>;
  const keys = new Set([...shapes.flatMap((shape) => Object.keys(shape)), ...Object.keys(object)]);
  const ordered = [...keys].filter((key) => Object.hasOwn(object, key));
  return Object.fromEntries(
    ordered.map((key) => [
      key,
      orderKeys(
        object[key],
        shapes.flatMap((shape) => (Object.hasOwn(shape, key) ? [shape[key]] : [])),
      ),
    ]),
  );
};

type Shape = Readonly<Record<string, unknown>>;

/** The schemas that a value may have to match, without what only says that it is optional or comes later. */
const unwrap = (schema: unknown): unknown[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodLazy) return unwrap(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap((option) => unwrap(option)) : [schema];
};
