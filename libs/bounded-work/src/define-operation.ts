import { checkSize } from './check-size.ts';
import {
  defineStep,
  defineTransform,
  type Json,
  type PluginContext,
  type Step,
  type Transform,
} from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export type OperationInit<Shape extends z.ZodRawShape> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What the value has to be, for people. */
  readonly takes: string;
  readonly config: z.ZodObject<Shape, z.core.$strict>;
  readonly apply: (
    value: Json,
    config: z.output<z.ZodObject<Shape, z.core.$strict>>,
    ctx: PluginContext,
  ) => Json | Promise<Json>;
};

/** One change of data, in both places where pipelines want it: around a step, and as a step of its own. */
export type Operation = { readonly transform: Transform; readonly step: Step };

/** Defines a change of data once for both places; its value, and what comes of it, are checked to be small enough (`checkSize`). */
export const defineOperation = <Shape extends z.ZodRawShape>(init: OperationInit<Shape>): Operation => {
  const { name, title, description, takes, config, apply } = init;
  const applyBounded = async (value: Json, settings: z.output<typeof config>, ctx: PluginContext): Promise<Json> => {
    checkSize(value);
    const made = await apply(value, settings, ctx);
    // What is shared within it is written out once for each place where it stands.
    checkSize(made);
    return made;
  };
  return {
    transform: defineTransform({
      name,
      title,
      description,
      config,
      transform: ({ value, config: settings }, ctx) => applyBounded(value, settings, ctx),
    }),
    step: defineStep({
      name,
      title,
      description,
      input: z.strictObject({ value: z.custom<Json>().describe(`What is changed: ${takes}.`), ...config.shape }),
      output: z.custom<Json>().describe('What came of it.'),
      run: (input, ctx) => {
        const { value, ...settings } = input as { readonly value: Json };
        return applyBounded(value, settings as z.output<typeof config>, ctx);
      },
    }),
  };
};
