import { readdir, realpath } from 'node:fs/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';

const MAX_ENTRIES = 10_000;

/**
 * Resolves a plugin's folder and refuses one that holds anything but plain files and folders: a link inside would lead
 * reads out of it.
 */
export const checkPluginFolder = async (directory: string): Promise<string> => {
  const resolved = await realpath(directory);
  const entries = await readdir(resolved, { recursive: true, withFileTypes: true });
  if (entries.length > MAX_ENTRIES) throw refuse(`holds more than ${MAX_ENTRIES} files`);
  const odd = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd !== undefined) throw refuse(`holds "${odd.name}", which is neither a file nor a folder`);
  return resolved;
};

const refuse = (why: string): PlatformError =>
  new PlatformError({ code: 'IA_PLUGIN_SANDBOX', message: `The folder of the plugin ${why}.`, fault: 'plugin' });
