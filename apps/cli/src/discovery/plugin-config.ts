/** A pipeline's `plugin_config`, as far as it is well-formed. */
export type PluginConfig = {
  readonly pluginsDir: string;
  /** Undefined: every plugin in the folder. */
  readonly enabledPlugins: readonly string[] | undefined;
};

/** Where a pipeline's `plugin_config` looks when it names no folder. */
export const DEFAULT_PLUGINS_DIR = './plugins';

/** Reads `plugin_config` from a parsed definition that nobody has checked yet; undefined when there is none to use. */
export const readPluginConfig = (definition: unknown): PluginConfig | undefined => {
  const config = propertyOf(definition, 'plugin_config');
  if (typeof config !== 'object' || config === null) return undefined;
  const pluginsDir = propertyOf(config, 'plugins_dir');
  const enabled = propertyOf(config, 'enabled_plugins');
  return {
    pluginsDir: typeof pluginsDir === 'string' ? pluginsDir : DEFAULT_PLUGINS_DIR,
    enabledPlugins: Array.isArray(enabled) ? enabled.map((name) => (typeof name === 'string' ? name : '')) : undefined,
  };
};

const propertyOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
