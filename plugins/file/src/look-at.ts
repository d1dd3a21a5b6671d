import { type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { fileError, isMissing } from './file-error.ts';

/** What lies at a path; undefined when nothing does. */
export const lookAt = async (ctx: TrustedContext, path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(await ctx.files.resolve(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(path, error);
  }
};

export const typeOf = (info: Stats): 'file' | 'folder' | 'other' =>
  info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other';
