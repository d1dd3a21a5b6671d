import { createHash } from 'node:crypto';
import type { BlobReference } from '../context.ts';
import { PlatformError } from '../errors.ts';
import type { BlobPort } from '../host/context-ports.ts';
import type { StoredBlob } from './test-outcome.ts';

/** Bytes that calls keep for one another, in memory. */
export type MemoryBlobs = {
  readonly put: (bytes: Uint8Array, contentType?: string) => BlobReference;
  /** The port of one call, which tells of what it keeps. */
  readonly portFor: (onPut: (blob: StoredBlob) => void) => BlobPort;
};

export const createMemoryBlobs = (): MemoryBlobs => {
  const stored = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array, contentType = 'application/octet-stream'): BlobReference => {
    const blob = `test/blobs/${createHash('sha256').update(bytes).digest('hex')}`;
    stored.set(blob, bytes.slice());
    return { blob, sizeBytes: bytes.byteLength, contentType };
  };
  return {
    put,
    portFor: (onPut) => ({
      put: async (bytes, contentType) => {
        const reference = put(bytes, contentType);
        onPut({ reference, bytes: bytes.slice() });
        return reference;
      },
      get: async ({ blob }) => {
        const bytes = stored.get(blob);
        if (bytes !== undefined) return bytes.slice();
        throw new PlatformError({ code: 'IA_BLOB_MISSING', message: `There are no bytes for "${blob}".` });
      },
    }),
  };
};
