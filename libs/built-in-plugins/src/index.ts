export { type BuiltInPlugin, BUILT_IN_PLUGINS } from './built-in-plugins.ts';
