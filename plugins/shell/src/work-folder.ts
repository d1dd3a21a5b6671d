import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

/** The door makes the folders above a file, so it is asked for a file in the folder. */
export const workFolder = async (files: TrustedContext['files'], folder: string): Promise<string> => {
  const path = dirname(await files.resolve(join(folder, '.shell'), { toWriteBytes: 0 }));
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
};
