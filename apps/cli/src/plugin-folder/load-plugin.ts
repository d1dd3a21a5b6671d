import { pathToFileURL } from 'node:url';
import { PlatformError, type Plugin } from '@ia-modules/plugin-sdk';
import { findPlugin } from '../steps/local-work.ts';

/** @throws PlatformError `IA_PLUGIN_FAILED` when the module can't be loaded, or exports no plugin */
export const loadPlugin = async (file: string, shown: string): Promise<Plugin> => {
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw notLoaded(shown, error);
  });
  const plugin = findPlugin(module as Readonly<Record<string, unknown>>);
  if (plugin === undefined) throw failed(`The module of the plugin ${shown} exports no plugin.`);
  return plugin;
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
