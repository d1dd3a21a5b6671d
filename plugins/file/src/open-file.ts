import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { shown } from './file-error.ts';

const { O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Opens a plain file below the tenant's folder. What lies there is looked at again once it is open: a folder on the way that became a
 * link in between leads to another file than the path does.
 */
export const openFile = async (files: TrustedContext['files'], path: string, flags: number): Promise<FileHandle> => {
  // A pipe without a writer would keep the open waiting for ever.
  const handle = await open(await files.resolve(path), flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const opened = await handle.stat();
    if (!opened.isFile())
      throw Object.assign(new Error('no plain file'), { code: opened.isDirectory() ? 'EISDIR' : 'ENXIO' });
    const named = await stat(await files.resolve(path));
    if (opened.ino === named.ino && opened.dev === named.dev) return handle;
    throw new PluginError({
      name: 'FileChangedError',
      message: `The file "${shown(path)}" was replaced while it was opened.`,
      retryable: true,
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
};
