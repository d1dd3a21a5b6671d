import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { type NewPlugin, pluginFiles } from './package-files.ts';

export type CreatePlugin = NewPlugin & {
  readonly directory: string;
  /** Writes into a folder that holds something; files of the same names are replaced. */
  readonly isForced: boolean;
};

/** Writes a new plugin into a folder and gives the paths of its files. @throws UsageError when the folder is not empty */
export const createPlugin = async (options: CreatePlugin): Promise<readonly string[]> => {
  const { directory, isForced, ...plugin } = options;
  const present = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`${directory} can not be read: ${error.message}`);
  });
  if (!isForced && present.some((name) => name !== '.git')) {
    throw new UsageError(`${directory} is not empty: name another folder, or say --force to write into it.`);
  }
  const files = pluginFiles(plugin);
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(directory, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  return Object.keys(files);
};
