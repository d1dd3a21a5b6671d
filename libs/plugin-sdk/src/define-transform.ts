import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import type { Received, Schema } from './schema.ts';

/** A transform and its code, which gets the value before or after its step. */
export type TransformInit<C extends Schema> = ConfiguredInit<C> & {
  readonly transform: (
    call: { readonly value: Json; readonly config: Received<C> },
    ctx: PluginContext,
  ) => Json | Promise<Json>;
};

/** A transform as `definePlugin` takes it. */
export type Transform = Contribution<'transform'>;

/** Defines a change of a step's input or output, named in its `transform`; what it returns takes the value's place. */
export const defineTransform = <const C extends Schema = Record<string, never>>(init: TransformInit<C>): Transform =>
  defineConfigured<'transform', C, { readonly value: Json }>('transform', init, async (call, ctx) =>
    init.transform(call, ctx),
  );
