import type { BlobStore } from '@ia-modules/blobs';
import { createBackoff } from '../database/backoff.ts';
import type { LargeValue } from './large-values.ts';

export type LargeValueWriterOptions = {
  readonly blobs?: BlobStore | undefined;
  /** Ends waits for the storage. */
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
};

/** Keeps the appends of one run in order while some of them have to wait for blob storage. */
export type LargeValueWriter = {
  /** Appends once the values, and those of every earlier append, are stored; a storage that is full or away is waited for. */
  write(values: readonly LargeValue[], append: () => Promise<void>): Promise<void>;
};

export const createLargeValueWriter = ({ blobs, signal, onTrouble }: LargeValueWriterOptions): LargeValueWriter => {
  let stored: Promise<void> | undefined;

  const put = async ({ key, bytes }: LargeValue): Promise<void> => {
    const backoff = createBackoff(signal);
    for (;;) {
      signal.throwIfAborted();
      try {
        await blobs?.put(key, bytes, signal);
        return;
      } catch (error) {
        onTrouble(error);
        await backoff.pause();
      }
    }
  };

  const putAll = async (values: readonly LargeValue[], before: Promise<void> | undefined): Promise<void> => {
    await before;
    for (const value of values) await put(value);
  };

  const appendAfter = async (ready: Promise<void>, append: () => Promise<void>): Promise<void> => {
    await ready;
    if (stored === ready) stored = undefined;
    await append();
  };

  return {
    write: (values, append) => {
      if (values.length === 0 && stored === undefined) return append();
      const ready = putAll(values, stored);
      stored = ready;
      return appendAfter(ready, append);
    },
  };
};
