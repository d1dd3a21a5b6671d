import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

/** What SQLite finds beside a database it believes: a forged journal makes it touch files elsewhere. */
const BESIDE_DATABASES = /-(?:journal|wal|shm)$/i;

/** Gives access to the files below one folder, which is made when it is first asked for; there is room for whatever is written. */
export const createTenantFiles = (root: string): TrustedContext['files'] => ({
  resolve: async (path, writing) => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const home = await realpath(root);
    const wanted = resolve(home, path);
    if (isAbsolute(path) || path.includes('\0') || !isWithin(home, wanted)) throw denied(path);
    if (BESIDE_DATABASES.test(wanted)) throw reserved(path);
    await visitFolders({ home, folder: dirname(wanted), path, toMake: writing !== undefined });
    const real = await realOf(wanted, path);
    if (!isWithin(home, real)) throw denied(path);
    return real;
  },
  reserve: async (wantedBytes) => ({ bytes: wantedBytes, release: () => {} }),
});

/** A link that leads to nothing leads out as well: what is written to it appears where it points. */
const realOf = async (wanted: string, path: string): Promise<string> => {
  const isThere = await lstat(wanted).then(
    () => true,
    () => false,
  );
  if (!isThere) return wanted;
  return await realpath(wanted).catch(() => {
    throw denied(path);
  });
};

const isWithin = (home: string, path: string): boolean => path.startsWith(home + sep);

type Visit = { readonly home: string; readonly folder: string; readonly path: string; readonly toMake: boolean };

/** Folder by folder, so that nothing is made or looked at behind a link that leads elsewhere. */
const visitFolders = async ({ home, folder, path, toMake }: Visit): Promise<void> => {
  let current = home;
  for (const part of relative(home, folder).split(sep).filter(Boolean)) {
    current = join(current, part);
    if (toMake) {
      await mkdir(current, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
    if (!isWithin(home, await realOf(current, path))) throw denied(path);
  }
};

const denied = (path: string): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_FILE_DENIED',
    message: `The path "${path.slice(0, 200)}" leads out of the folder of files.`,
    hint: 'Name a file by a relative path below it, such as reports/may.csv.',
  });

const reserved = (path: string): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_FILE_DENIED',
    message: `The name of the file "${path.slice(0, 200)}" belongs to SQLite.`,
    hint: 'Files that end in -journal, -wal or -shm are those that SQLite keeps beside a database.',
  });
