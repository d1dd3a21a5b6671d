import { refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';

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

/** Changes an object, or each object of a list. */
export const eachObject = (value: Json, change: (object: JsonObject) => JsonObject): Json =>
  Array.isArray(value)
    ? value.map((item: Json, index) => change(asObject(item, `Item ${index}`)))
    : change(asObject(value));

export const kindOf = (value: Json | undefined): string => {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
};
