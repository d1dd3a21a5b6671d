import { type Contribution, type ContributionInfo, describeInfo } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import { checkSchema, parseValue, type Received, type Returned, type Schema, toJsonSchema } from './schema.ts';

/** A step and its code. `run` may be called again for the same task: see `idempotencyKey`. */
export type StepInit<I extends Schema, O extends Schema> = ContributionInfo & {
  /** Of the step's `with`. */
  readonly input: I;
  readonly output: O;
  readonly run: (input: Received<I>, ctx: PluginContext) => Returned<O> | Promise<Returned<O>>;
};

/** A step as `definePlugin` takes it. */
export type Step = Contribution<'step'>;

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
  const input = { kind: 'step', name: init.name, what: 'input' } as const;
  const output = { ...input, what: 'output' } as const;
  checkSchema(init.input, input);
  checkSchema(init.output, output);
  return {
    kind: 'step',
    name: init.name,
    describe: () => ({
      ...describeInfo(init),
      input: toJsonSchema(init.input, 'input'),
      output: toJsonSchema(init.output, 'output'),
    }),
    run: async (value, ctx) => {
      const received = parseValue(init.input, value, input) as Received<I>;
      const returned = await init.run(received, ctx);
      return parseValue(init.output, returned, output) as Json;
    },
  };
};
