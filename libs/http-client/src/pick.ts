import { splitPath } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { refusedInput } from './request-parts.ts';

/**
 * Reads what a path leads to: `data.items[0]['a name']`, or the whole value for an empty path. Undefined when there is nothing.
 * @throws PluginError `IA_PLUGIN_INPUT` for a path that can't be read
 */
export const pick = (value: Json, path: string): Json | undefined => {
  const keys = splitPath(path);
  if (keys === undefined) throw refusedInput(`The path "${path}" can not be read.`, 'Write it like data.items[0].id.');
  let current: Json | undefined = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as JsonObject)[key];
  }
  return current;
};
