export { type BuiltInPlugin, BUILT_IN_PLUGINS, builtInNamed } from './built-in-plugins.ts';
export { builtInReference } from './built-in-reference.ts';
