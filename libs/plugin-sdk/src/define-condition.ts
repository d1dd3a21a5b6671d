import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json, JsonObject } from './json.ts';
import type { Received, Schema } from './schema.ts';

/** The step that a transition leaves, as it ended. */
export type LeftStep = {
  readonly id: string;
  readonly status: string;
  readonly output: Json;
  readonly error: Json;
};

/** What a condition decides by. */
export type ConditionCall<C> = {
  readonly config: C;
  /** The run's parameters. */
  readonly parameters: JsonObject;
  readonly step: LeftStep;
};

/** A condition and its code: `true` lets the transition be taken. */
export type ConditionInit<C extends Schema> = ConfiguredInit<C> & {
  readonly evaluate: (call: ConditionCall<Received<C>>, ctx: PluginContext) => boolean | Promise<boolean>;
};

/** A condition as `definePlugin` takes it. */
export type Condition = Contribution<'condition'>;

/**
 * Defines a condition of transitions: `{"type": "plugin", "plugin": "alias.name", "config": {…}}`. What it throws fails the step
 * that it was asked for.
 */
export const defineCondition = <const C extends Schema = Record<string, never>>(init: ConditionInit<C>): Condition =>
  defineConfigured<'condition', C, Omit<ConditionCall<never>, 'config'>>('condition', init, async (call, ctx) =>
    init.evaluate(call, ctx),
  );
