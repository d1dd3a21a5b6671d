import { PluginError } from '@ia-modules/plugin-sdk';
import type { BlobPort } from '@ia-modules/plugin-sdk/host';

/** Keeps bytes as long as this process lives, under their references: for the command line and for tests. */
export const createMemoryBlobs = (kept: Map<string, Uint8Array> = new Map()): BlobPort => ({
  put: async (bytes, contentType) => {
    const blob = `local/${kept.size + 1}`;
    kept.set(blob, bytes.slice());
    return { blob, sizeBytes: bytes.byteLength, contentType };
  },
  get: async ({ blob }) => {
    const bytes = kept.get(blob);
    if (bytes !== undefined) return bytes.slice();
    throw new PluginError({ code: 'IA_BLOB_MISSING', message: `There are no bytes under "${blob}".` });
  },
});
