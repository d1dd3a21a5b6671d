import { pathToFileURL } from 'node:url';
import { PlatformError, type Plugin } from '@ia-modules/plugin-sdk';
import { findPlugin } from '../steps/local-work.ts';

/** @throws PlatformError `IA_PLUGIN_FAILED` when the module can't be loaded, or exports no plugin */
export const loadPlugin = async (file: string, shown: string): Promise<Plugin> => {
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw failed(`The plugin ${shown} can not be loaded: ${String(error)}.`, error);
  });
  const plugin = findPlugin(module as Readonly<Record<string, unknown>>);
  if (plugin === undefined) throw failed(`The module of the plugin ${shown} exports no plugin.`);
  return plugin;
};

const failed = (message: string, cause?: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_FAILED',
    message,
    hint: 'Export it: export const plugin = definePlugin({ steps: [ … ] }).',
    fault: 'plugin',
    cause,
  });
