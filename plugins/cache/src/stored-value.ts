import { type Json, PluginError } from '@ia-modules/plugin-sdk';

/** @throws PluginError when something else than this plugin wrote it */
export const readStored = (text: string, key: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new PluginError({
      name: 'ValidationError',
      message: `What is stored as "${key}" is no JSON.`,
      hint: 'Delete it, or use another namespace.',
      cause,
    });
  }
};
