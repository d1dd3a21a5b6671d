import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { checkBlobContent, checkBlobKey, checkBlobPrefix } from './blob-key.ts';
import type { BlobEntry, BlobRevision, BlobStream, DocumentStore } from './blob-store.ts';
import { changed, isOneOf, noSpace, unavailable } from './storage-error.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Beside the keys, none of which begins with a dot, and on the same file system, so that a rename is atomic. */
const UNFINISHED = '.unfinished';
/** Older than any put that still goes on: what a process that crashed left behind. */
const ABANDONED_AFTER_MS = 60 * 60 * 1_000;
const LARGEST_READ_BYTES = 256 * 1_024;

/** Keeps blobs as files of one folder, which processes on the same machine share. */
export const createFolderBlobStore = ({ folder }: Readonly<{ folder: string }>): DocumentStore => {
  const root = path.resolve(folder);
  let swept: Promise<void> | undefined;
  const fileOf = (key: string): string => path.join(root, ...checkBlobKey(key).split('/'));
  const put = async (storing: Omit<Storing, 'root'>): Promise<void> => {
    swept ??= removeAbandoned(path.join(root, UNFINISHED));
    await swept;
    await store({ root, ...storing }).catch(refuse);
  };
  return {
    put: async (key, bytes, signal) => await put({ file: fileOf(key), bytes, signal }),
    putIf: async (key, bytes, revision) => {
      const file = fileOf(key);
      const beforeRename = async (): Promise<void> => {
        if ((await fileRevision(file)) !== revision) throw changed();
      };
      await put({ file, bytes, signal: undefined, beforeRename });
    },
    read: async (key) => {
      const found = await readWithRevision(fileOf(key)).catch(absentOrRefuse);
      return found === undefined ? undefined : { ...found, bytes: checkBlobContent(key, found.bytes) };
    },
    revisionOf: async (key) => await fileRevision(fileOf(key)).catch(refuse),
    open: async (key) => await openFile(fileOf(key)).catch(absentOrRefuse),
    names: async (prefix) => await namesIn(prefix === undefined ? root : fileOf(checkBlobPrefix(prefix))),
    get: async (key, signal) => {
      const bytes = await readFile(fileOf(key), { signal }).catch(absentOrRefuse);
      return bytes === undefined ? undefined : checkBlobContent(key, bytes);
    },
    sizeOf: async (key) => {
      const found = await stat(fileOf(key)).catch(absentOrRefuse);
      return found?.isFile() === true ? found.size : undefined;
    },
    list: (prefix) => listBelow(root, checkBlobPrefix(prefix)),
    delete: async (prefix) => {
      const target = fileOf(checkBlobPrefix(prefix));
      await rm(target, { recursive: true, force: true }).catch(absentOrRefuse);
    },
  };
};

async function* listBelow(root: string, prefix: string): AsyncGenerator<BlobEntry, void> {
  const folder = await opendir(path.join(root, ...prefix.split('/'))).catch(absentOrRefuse);
  if (folder === undefined) return;
  for await (const entry of folder) {
    const key = `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* listBelow(root, key);
    const found = entry.isFile() ? await stat(path.join(root, ...key.split('/'))).catch(absentOrRefuse) : undefined;
    if (found !== undefined) yield { key, sizeBytes: found.size };
  }
}

/** As far as it can: what it leaves takes room and is read by nobody. */
const removeAbandoned = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
};

/** A file is never written to, only put in place of another: by these it differs from every earlier one. */
const revisionOf = ({ ino, mtimeNs, size }: BigIntStats): string => `${ino}-${mtimeNs}-${size}`;

const fileRevision = async (file: string): Promise<string | undefined> => {
  const found = await stat(file, { bigint: true }).catch(absentOrRefuse);
  return found?.isFile() === true ? revisionOf(found) : undefined;
};

const readWithRevision = async (file: string): Promise<BlobRevision> => {
  const handle = await open(file, 'r');
  try {
    const revision = revisionOf(await handle.stat({ bigint: true }));
    return { revision, bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
};

const openFile = async (file: string): Promise<BlobStream | undefined> => {
  const handle = await open(file, 'r');
  try {
    const found = await handle.stat();
    if (found.isFile()) return { sizeBytes: found.size, body: streamOf(handle, found.size) };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
};

/** Small files in one read: most are. */
const streamOf = (handle: FileHandle, sizeBytes: number): Readable =>
  handle.createReadStream({ highWaterMark: Math.min(Math.max(sizeBytes, 1), LARGEST_READ_BYTES) });

const namesIn = async (folder: string): Promise<readonly string[]> => {
  const names = (await readdir(folder).catch(absentOrRefuse)) ?? [];
  return names.filter((name) => !name.startsWith('.'));
};

type Storing = Readonly<{
  root: string;
  file: string;
  bytes: Uint8Array;
  signal: AbortSignal | undefined;
  beforeRename?: () => Promise<void>;
}>;

const store = async ({ root, file, bytes, signal, beforeRename }: Storing): Promise<void> => {
  signal?.throwIfAborted();
  const unfinished = path.join(root, UNFINISHED, randomUUID());
  await makeFolder(path.dirname(unfinished));
  try {
    await writeDurably(unfinished, bytes, signal);
    await makeFolder(path.dirname(file));
    await beforeRename?.();
    await rename(unfinished, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
};

const writeDurably = async (file: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> => {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(bytes, { signal });
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** A folder outlives a crash only once the folder above it knows it. */
const makeFolder = async (folder: string): Promise<void> => {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const absentOrRefuse = (error: unknown): undefined => {
  if (isOneOf(error, ['ENOENT', 'ENOTDIR', 'EISDIR'])) return undefined;
  return refuse(error);
};

const refuse = (error: unknown): never => {
  if (error instanceof PlatformError || isOneOf(error, ['AbortError'])) throw error;
  if (isOneOf(error, ['ENOSPC', 'EDQUOT'])) throw noSpace(error);
  throw unavailable('Check that the folder of the storage is there and that this process may write to it.', error);
};
