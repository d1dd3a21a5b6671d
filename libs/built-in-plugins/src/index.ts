export { type BuiltInPlugin, BUILT_IN_PLUGINS } from './built-in-plugins.ts';
export { builtInReference } from './built-in-reference.ts';
