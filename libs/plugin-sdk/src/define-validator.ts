import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import type { Received, Schema } from './schema.ts';

/** What is wrong with a value; `path` is a JSON path in it, `$` for the whole. */
export type ValidationProblem = { readonly path: string; readonly message: string };
/** Whether a value is valid, and when not, what is wrong with it; `false` says no more than that. */
export type Verdict = boolean | { readonly valid: boolean; readonly errors: readonly ValidationProblem[] };

/** A validator and its code; what it throws fails the attempt as an error of the plugin, not of the value. */
export type ValidatorInit<C extends Schema> = ConfiguredInit<C> & {
  readonly validate: (
    call: { readonly value: Json; readonly config: Received<C> },
    ctx: PluginContext,
  ) => Verdict | Promise<Verdict>;
};

/** A validator as `definePlugin` takes it. */
export type Validator = Contribution<'validator'>;

/** Defines a check of a step's input or output, named in its `validate`. A value that is not valid fails the attempt. */
export const defineValidator = <const C extends Schema = Record<string, never>>(init: ValidatorInit<C>): Validator =>
  defineConfigured<'validator', C, { readonly value: Json }>('validator', init, async (call, ctx) =>
    init.validate(call, ctx),
  );
