import { PluginError } from '@ia-modules/plugin-sdk';

/** Makes the error for an input that is wrong in itself: another attempt would not help. */
export const refusedInput = (
  message: string,
  hint?: string,
  details?: Readonly<Record<string, unknown>>,
): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_INPUT',
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });

/** Makes the error for work that is too large for the process that all tenants share. */
export const overLimit = (
  message: string,
  hint = 'Work on a smaller part at a time, for example with for_each.',
): PluginError => new PluginError({ code: 'IA_PLUGIN_LIMIT', message, hint });
