import { pathToFileURL } from 'node:url';
import type { TrustedPlugin } from '@ia-modules/plugin-host';
import {
  CONTRIBUTION_KINDS,
  CONTRIBUTION_LISTS,
  MANIFEST_API_VERSION,
  manifestSchema,
  PlatformError,
  type Plugin,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';

/** The plugin that a module exports as `plugin` or as its default. */
export const findPlugin = (module: Readonly<Record<string, unknown>>): Plugin | undefined =>
  [module['plugin'], module['default']].find(isPlugin);

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'object' && value !== null && 'contributions' in value && Array.isArray(value.contributions);

/** @throws PlatformError `IA_PLUGIN_FAILED` when the module can't be loaded, or exports no plugin */
export const loadPlugin = async (file: string, shown: string): Promise<Plugin> => {
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw notLoaded(shown, error);
  });
  const plugin = findPlugin(module as Readonly<Record<string, unknown>>);
  if (plugin === undefined) throw failed(`The module of the plugin ${shown} exports no plugin.`);
  return plugin;
};

/** Loads a module that has no package.json: its code says what a manifest would. */
export const loadSinglePlugin = async (
  file: string,
  place: { readonly name: string; readonly shown: string },
): Promise<TrustedPlugin> => {
  const plugin = await loadPlugin(file, place.shown);
  const manifest = manifestOf(plugin, place.shown);
  return { name: place.name, version: '0.0.0', manifest, load: async () => plugin };
};

const manifestOf = ({ contributions }: Plugin, shown: string): PluginManifest => {
  const lists = CONTRIBUTION_KINDS.map((kind) => [
    CONTRIBUTION_LISTS[kind],
    contributions.filter((contribution) => contribution.kind === kind).map((contribution) => contribution.describe()),
  ]);
  const parsed = manifestSchema.safeParse({
    apiVersion: MANIFEST_API_VERSION,
    contributions: Object.fromEntries(lists),
    permissions: { blobs: true },
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw failed(`The plugin ${shown} can not be used: ${problems.join('; ')}.`);
};

const SDK = '@ia-modules/plugin-sdk';

const notLoaded = (shown: string, cause: unknown): PlatformError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const known = cause instanceof PlatformError ? cause : undefined;
  return new PlatformError({
    code: known?.code ?? 'IA_PLUGIN_FAILED',
    message: `The plugin ${shown} can not be loaded: ${reason.split('\n')[0]?.replace(/\.$/, '')}.`,
    hint:
      known?.hint ?? (reason.includes(`'${SDK}'`) ? `Install ${SDK} in the plugin's folder or above it.` : undefined),
    fault: 'plugin',
    cause,
  });
};

const failed = (message: string): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_FAILED',
    message,
    hint: 'Export it: export const plugin = definePlugin({ steps: [ … ] }).',
    fault: 'plugin',
  });
