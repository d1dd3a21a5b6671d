import type { z } from 'zod';
import type { Json } from './json.ts';
import type { FromJsonSchema, JsonSchema } from './json-schema.ts';
import { PluginError } from './plugin-error.ts';

export type Logger = {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** What a step may use besides its input. Everything else of the machine is out of reach. */
export type StepContext = {
  /** `fetch` that reaches the granted hosts only; any other host rejects with `IA_PLUGIN_NET_DENIED`. */
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** Aborted when the run is canceled or the attempt is out of time; the process is killed soon after. */
  readonly signal: AbortSignal;
  /** The granted secrets by name, for this call only. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same for every attempt of a task: pass it on, so that a retry has no second effect. */
  readonly idempotencyKey: string;
  /** Reports how far the work is, from 0 to 1. Reports may be coalesced. */
  progress(fraction: number, message?: string): void;
  /**
   * Adds to what this attempt has cost, in US dollars; the sum counts towards the run's `max_cost_usd`, also when the attempt
   * fails.
   * @throws RangeError when it is negative or no finite number
   */
  cost(usd: number): void;
};

/** A zod schema, which also validates each call, or a JSON Schema literal, which gives the types and adds nothing to the bundle. */
export type Schema = z.ZodType | JsonSchema;
type Received<S> = S extends z.ZodType ? z.output<S> : FromJsonSchema<S>;
type Returned<S> = S extends z.ZodType ? z.input<S> : FromJsonSchema<S>;

export type StepInit<I extends Schema, O extends Schema> = {
  /** As the manifest names it: `[a-z][a-z0-9_]*`, with dots between the parts. */
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly run: (input: Received<I>, ctx: StepContext) => Returned<O> | Promise<Returned<O>>;
};

export type Step = {
  readonly name: string;
  readonly run: (input: Json, ctx: StepContext) => Promise<Json>;
};

export type Plugin = { readonly steps: ReadonlyMap<string, Step> };

/**
 * Defines one step; `run` gets the input as its schema describes it and must return what the output schema describes.
 *
 * @throws PluginError `IA_PLUGIN_SCHEMA` at once when one of the two schemas is missing
 * @throws PluginError `IA_PLUGIN_INPUT` from the step when a zod schema refuses its input, `IA_PLUGIN_FAILED` for its output.
 * @example
 * const greet = defineStep({
 *   name: 'greet',
 *   input: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
 *   output: { type: 'string' },
 *   run: ({ name }) => `Hello ${name}`,
 * });
 */
export const defineStep = <const I extends Schema, const O extends Schema>(init: StepInit<I, O>): Step => {
  const step = init.name;
  checkSchema(init.input, { what: 'input', step });
  checkSchema(init.output, { what: 'output', step });
  return {
    name: step,
    run: async (input, ctx) => {
      const received = parse({ schema: init.input, value: input, what: 'input', step });
      const returned = await init.run(received as Received<I>, ctx);
      return parse({ schema: init.output, value: returned, what: 'output', step }) as Json;
    },
  };
};

/** Whoever writes JavaScript is not told by the types. */
const checkSchema = (schema: unknown, { what, step }: Pick<Parse, 'what' | 'step'>): void => {
  if (typeof schema === 'object' && schema !== null) return;
  throw new PluginError({
    code: 'IA_PLUGIN_SCHEMA',
    message: `The step "${step}" has no schema for its ${what}.`,
    hint: `Give it one, of zod or as JSON Schema; ${what}: {} takes everything.`,
  });
};

/** Gathers the steps of a plugin. Its entry module must export the result as `plugin`. */
export const definePlugin = (init: { readonly steps: readonly Step[] }): Plugin => {
  const steps = new Map<string, Step>();
  for (const step of init.steps) {
    if (steps.has(step.name)) throw new PluginError({ message: `Two steps are called "${step.name}".` });
    steps.set(step.name, step);
  }
  return { steps };
};

type Parse = {
  readonly schema: Schema;
  readonly value: unknown;
  readonly what: 'input' | 'output';
  readonly step: string;
};

const parse = ({ schema, value, what, step }: Parse): unknown => {
  if (!isZod(schema)) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  throw new PluginError({
    message: `The ${what} of step "${step}" is not valid: ${issues.join('; ')}`,
    name: 'ValidationError',
    code: what === 'input' ? 'IA_PLUGIN_INPUT' : 'IA_PLUGIN_FAILED',
  });
};

const isZod = (schema: Schema): schema is z.ZodType => '_zod' in schema && typeof schema.safeParse === 'function';
