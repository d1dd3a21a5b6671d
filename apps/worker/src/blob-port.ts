import { createHash } from 'node:crypto';
import type { BlobStore } from '@ia-modules/blobs';
import { PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import type { BlobPort } from '@ia-modules/plugin-sdk/host';

/** A run, and the digest of what it put there. The tenant is never part of it: whoever reads puts their own before. */
const REFERENCE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\/blobs\/[0-9a-f]{64}$/;
const MAX_BLOBS_PER_CALL = 100;
const MAX_BYTES_PER_CALL = 512 * 1_024 * 1_024;

export type BlobPlace = { readonly tenantId: string; readonly runId: string };

/**
 * Keeps bytes of plugins beside the large values of a run, so that they are counted, pruned, archived and erased with those. The same
 * bytes lie there once, however often an attempt is made.
 */
export const createBlobPort = (store: Pick<BlobStore, 'get' | 'put'>, { tenantId, runId }: BlobPlace): BlobPort => {
  let [count, size] = [0, 0];
  return {
    put: async (bytes, contentType, signal) => {
      count += 1;
      size += bytes.byteLength;
      if (count > MAX_BLOBS_PER_CALL || size > MAX_BYTES_PER_CALL) throw tooMuch();
      const blob = `${runId}/blobs/${createHash('sha256').update(bytes).digest('hex')}`;
      await store.put(`${tenantId}/${blob}`, bytes, signal);
      return { blob, sizeBytes: bytes.byteLength, contentType };
    },
    get: async (reference, signal) => {
      const blob: unknown = (reference as { readonly blob?: unknown } | null | undefined)?.blob;
      if (typeof blob !== 'string' || !REFERENCE.test(blob)) throw noReference();
      const bytes = await store.get(`${tenantId}/${blob}`, signal);
      if (bytes === undefined) throw missing(blob);
      return bytes;
    },
  };
};

const tooMuch = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `One call keeps at most ${MAX_BLOBS_PER_CALL} blobs and ${MAX_BYTES_PER_CALL} bytes.`,
  });

const noReference = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_BLOB_DENIED',
    message: 'That is no reference of a blob.',
    hint: 'Hand on what `ctx.blobs.put` gave, as it is.',
  });

const missing = (blob: string): PlatformError =>
  new PlatformError({
    code: 'IA_BLOB_MISSING',
    message: `There is no blob ${blob}: its run was removed, or was another tenant's.`,
    hint: 'Keep the logs of runs as long as their blobs are needed.',
  });
