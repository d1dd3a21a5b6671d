import { type Json, PluginError } from '@ia-modules/plugin-sdk';
import type { BlobPort } from '@ia-modules/plugin-sdk/host';
import { PROTOCOL_LIMITS, type RequestFrame } from '@ia-modules/plugin-sdk/protocol';
import { violation } from '../protocol/violation.ts';

type Announced = Extract<RequestFrame, { type: 'blob_put' }>;
type Incoming = { readonly announced: Announced; readonly pieces: Buffer[]; gotBytes: number };

/** Puts blobs together from the pieces that a guest sends, so many bytes at once for one call. */
export type BlobIntake = {
  /** @throws PluginError when blobs are denied, or too many are under way. */
  readonly begin: (announced: Announced) => void;
  /**
   * True when the blob is whole.
   * @throws PlatformError `IA_PLUGIN_PROTOCOL`
   */
  readonly add: (requestId: number, data: string) => boolean;
  readonly finish: (requestId: number, signal: AbortSignal) => Promise<Json>;
  readonly drop: (requestId: number) => void;
};

export const createBlobIntake = (blobs: () => BlobPort): BlobIntake => {
  const incoming = new Map<number, Incoming>();
  const announcedBytes = (): number =>
    [...incoming.values()].reduce((sum, { announced }) => sum + announced.sizeBytes, 0);
  return {
    begin: (announced) => {
      blobs();
      if (announcedBytes() + announced.sizeBytes > PROTOCOL_LIMITS.blobBytes) {
        throw new PluginError({
          code: 'IA_PLUGIN_LIMIT',
          message: `The blobs that a call puts at the same time may have ${PROTOCOL_LIMITS.blobBytes} bytes together.`,
        });
      }
      incoming.set(announced.requestId, { announced, pieces: [], gotBytes: 0 });
    },
    add: (requestId, data) => {
      const blob = incoming.get(requestId);
      if (blob === undefined) throw violation(12);
      const piece = Buffer.from(data, 'base64');
      blob.gotBytes += piece.length;
      const { sizeBytes } = blob.announced;
      if (blob.gotBytes > sizeBytes || (piece.length === 0 && sizeBytes > 0)) throw violation(12);
      blob.pieces.push(piece);
      return blob.gotBytes === sizeBytes;
    },
    finish: async (requestId, signal) => {
      const blob = incoming.get(requestId);
      if (blob === undefined) throw violation(12);
      try {
        return await blobs().put(Buffer.concat(blob.pieces), blob.announced.contentType, signal);
      } finally {
        incoming.delete(requestId);
      }
    },
    drop: (requestId) => void incoming.delete(requestId),
  };
};
