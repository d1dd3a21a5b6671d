import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { FileRoom } from '@ia-modules/plugin-sdk/trusted';

const MEASURED_FOR_MS = 10_000;
const MAX_MEASURED = 1_000;
/** What a file or a folder takes at least. */
const ENTRY_BYTES = 4_096;

export type FileQuota = {
  /**
   * Counts what is about to be written below a folder.
   * @throws PluginError `IA_PLUGIN_LIMIT`
   */
  add(folder: string, written: { readonly bytes: number; readonly isNew: boolean }): Promise<void>;
  reserve(folder: string, wantedBytes: number): Promise<FileRoom>;
};

type Usage = {
  bytes: number;
  measuring: Promise<void>;
  measuredUntil: number;
  /** What was written since it was measured, and in the time before: it may not have been there yet when its place was looked at. */
  addedBytes: number;
  addedBeforeBytes: number;
  reservedBytes: number;
};

/** Knows what folders take: it measures them from time to time, and counts in between. */
export const createFileQuota = (maxBytes: number): FileQuota => {
  const usages = new Map<string, Usage>();
  const usageOf = async (folder: string): Promise<Usage> => {
    if (usages.size >= MAX_MEASURED) forgetIdle(usages);
    const usage = usages.get(folder) ?? createUsage();
    usages.set(folder, usage);
    if (usage.measuredUntil < performance.now()) {
      usage.measuredUntil = performance.now() + MEASURED_FOR_MS;
      usage.addedBeforeBytes = usage.addedBytes;
      usage.addedBytes = 0;
      usage.measuring = measure(folder).then((bytes) => void (usage.bytes = bytes));
    }
    try {
      await usage.measuring;
    } catch (error) {
      usage.measuredUntil = 0;
      throw error;
    }
    return usage;
  };
  const leftOf = ({ bytes, addedBytes, addedBeforeBytes, reservedBytes }: Usage): number =>
    Math.max(0, maxBytes - bytes - addedBytes - addedBeforeBytes - reservedBytes);
  return {
    add: async (folder, { bytes, isNew }) => {
      const needed = isNew ? Math.max(bytes, ENTRY_BYTES) : bytes;
      if (needed === 0) return;
      const usage = await usageOf(folder);
      if (needed > leftOf(usage)) throw full(maxBytes);
      usage.addedBytes += needed;
    },
    reserve: async (folder, wantedBytes) => {
      const usage = await usageOf(folder);
      const bytes = Math.min(wantedBytes, leftOf(usage));
      usage.reservedBytes += bytes;
      return {
        bytes,
        release: (usedBytes) => {
          usage.reservedBytes -= bytes;
          usage.addedBytes += usedBytes;
        },
      };
    },
  };
};

const createUsage = (): Usage => ({
  bytes: 0,
  measuring: Promise.resolve(),
  measuredUntil: 0,
  addedBytes: 0,
  addedBeforeBytes: 0,
  reservedBytes: 0,
});

const forgetIdle = (usages: Map<string, Usage>): void => {
  for (const [folder, { measuredUntil, reservedBytes }] of usages) {
    if (reservedBytes === 0 && measuredUntil < performance.now()) usages.delete(folder);
  }
};

const measure = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ifMissing([]));
  let bytes = 0;
  for (const entry of entries) {
    const found = entry.isFile()
      ? await stat(path.join(entry.parentPath, entry.name)).catch(ifMissing({ size: 0 }))
      : undefined;
    bytes += Math.max(found?.size ?? 0, ENTRY_BYTES);
  }
  return bytes;
};

export const isThere = async (file: string): Promise<boolean> =>
  (await stat(file).catch(ifMissing(undefined))) !== undefined;

/** What goes while it is looked at is as if it had never been there. */
export const ifMissing =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };

const full = (maxBytes: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The files of a tenant take at most ${maxBytes} bytes.`,
    hint: 'Delete some of them.',
  });
