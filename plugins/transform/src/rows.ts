import { createPace, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject, PluginContext } from '@ia-modules/plugin-sdk';

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const asList = (value: Json, what = 'The value'): readonly Json[] => {
  if (Array.isArray(value)) return value as readonly Json[];
  throw refusedInput(`${what} is ${kindOf(value)}, and has to be a list.`);
};

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const asObject = (value: Json, what = 'The value'): JsonObject => {
  if (isObject(value)) return value;
  throw refusedInput(`${what} is ${kindOf(value)}, and has to be an object.`);
};

/** One step from an object to what becomes of it; `made` is what the steps before it have made. */
type ObjectStep = (made: Json, object: JsonObject) => Json;

type ObjectChange = { readonly start: (object: JsonObject) => Json; readonly steps: readonly ObjectStep[] };

/** Changes an object, or each object of a list, step by step, letting others work in between. */
export const eachObject = async (value: Json, { start, steps }: ObjectChange, ctx: PluginContext): Promise<Json> => {
  const pace = createPace(ctx);
  const changed: Json[] = [];
  for (const [index, item] of (Array.isArray(value) ? (value as readonly Json[]) : [value]).entries()) {
    const object = asObject(item, Array.isArray(value) ? `Item ${index}` : undefined);
    let made = start(object);
    for (const step of steps) {
      made = step(made, object);
      if (pace.isDue()) await pace.rest();
    }
    changed.push(made);
  }
  return Array.isArray(value) ? changed : (changed[0] ?? null);
};

export const kindOf = (value: Json | undefined): string => {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
};
