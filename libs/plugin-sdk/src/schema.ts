import type { z } from 'zod';
import type { ContributionKind } from './contribution.ts';
import type { FilledFromJsonSchema, FromJsonSchema, JsonSchema } from './json-schema.ts';
import { PluginError } from './plugin-error.ts';

/** A zod schema, which also validates each call, or a JSON Schema literal, which gives the types and adds nothing to the bundle. */
export type Schema = z.ZodType | JsonSchema;
/** What code gets from values that fit the schema. */
export type Received<S> = S extends z.ZodType ? z.output<S> : FilledFromJsonSchema<S>;
/** What code returns so that it fits the schema. */
export type Returned<S> = S extends z.ZodType ? z.input<S> : FromJsonSchema<S>;

/** Names a value in errors. */
export type SchemaPlace = {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly what: 'input' | 'output' | 'config';
};

/** Whoever writes JavaScript is not told by the types. @throws PluginError `IA_PLUGIN_SCHEMA` */
export const checkSchema = (schema: unknown, { kind, name, what }: SchemaPlace): void => {
  if (typeof schema === 'object' && schema !== null) return;
  throw new PluginError({
    code: 'IA_PLUGIN_SCHEMA',
    message: `The ${kind} "${name}" has no schema for its ${what}.`,
    hint: `Give it one, of zod or as JSON Schema; ${what}: {} takes everything.`,
  });
};

/**
 * Gives a value as its zod schema makes it; the platform itself checks values against JSON Schemas.
 * @throws PluginError `IA_PLUGIN_INPUT`, or `IA_PLUGIN_FAILED` for an output
 */
export const parseValue = (schema: Schema, value: unknown, { kind, name, what }: SchemaPlace): unknown => {
  if (!isZod(schema)) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  throw new PluginError({
    message: `The ${what} of ${kind} "${name}" is not valid: ${issues.join('; ')}`,
    name: 'ValidationError',
    code: what === 'output' ? 'IA_PLUGIN_FAILED' : 'IA_PLUGIN_INPUT',
  });
};

/** The JSON Schema (2020-12) of what may be written: for an input or a config what callers give, for an output what they get. */
export const toJsonSchema = (schema: Schema, what: SchemaPlace['what']): JsonSchema => {
  if (!isZod(schema)) return schema;
  const { '~standard': standard } = schema;
  const direction = what === 'output' ? 'output' : 'input';
  const { $schema: _, ...rest } = standard.jsonSchema[direction]({
    target: 'draft-2020-12',
    libraryOptions: { unrepresentable: 'any' },
  });
  return rest;
};

const isZod = (schema: Schema): schema is z.ZodType => '_zod' in schema && typeof schema.safeParse === 'function';
