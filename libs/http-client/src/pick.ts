import { parsePath, readPath } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';

/**
 * Reads what a path leads to: `data.items[0]['a name']`, or the whole value for an empty path. Undefined when there is nothing.
 * @throws PluginError `IA_PLUGIN_INPUT` for a path that can't be read
 */
export const pick = (value: Json, path: string): Json | undefined => readPath(value, parsePath(path));
