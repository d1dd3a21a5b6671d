import { createHash } from 'node:crypto';
import type { BlobStore } from '@ia-modules/blobs';
import type { Json, RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { StoredEvent } from './event-log.ts';

/** What stands in a stored event instead of a large value. `sha256` is hex, of the value's JSON. */
export type BlobReference = { readonly $blob: { readonly sha256: string; readonly bytes: number } };

export type LargeValue = { readonly key: string; readonly bytes: Uint8Array };

/** Values of an event's data that take more than this as JSON lie in blob storage. */
export const MAX_INLINE_CHARS = 256 * 1_024;

type RunPlace = { readonly tenantId: string; readonly runId: string };

export const blobKey = ({ tenantId, runId }: RunPlace, sha256: string): string => `${tenantId}/${runId}/${sha256}`;

/** Parts an event from its large values; one without them stays as it is. */
export const separateLargeValues = (
  place: RunPlace,
  event: StoredEvent,
): { readonly event: StoredEvent; readonly values: readonly LargeValue[] } => {
  const values: LargeValue[] = [];
  const blobs: string[] = [];
  const data = Object.fromEntries(
    Object.entries(event.data).map(([field, value]) => {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined || text.length <= MAX_INLINE_CHARS) return [field, value];
      const bytes = Buffer.from(text);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      values.push({ key: blobKey(place, sha256), bytes });
      blobs.push(field);
      return [field, { $blob: { sha256, bytes: bytes.byteLength } } satisfies BlobReference];
    }),
  );
  return blobs.length === 0 ? { event, values } : { event: { ...event, data, blobs } as StoredEvent, values };
};

/**
 * Puts the large values of stored events back, each read once.
 * @throws PlatformError IA_BLOB_MISSING
 */
export const restoreLargeValues = async (
  blobs: BlobStore | undefined,
  place: RunPlace,
  events: readonly (RunEvent & Pick<StoredEvent, 'blobs'>)[],
): Promise<RunEvent[]> => {
  const read = new Map<string, Promise<Json>>();
  const valueOf = ({ $blob: { sha256 } }: BlobReference): Promise<Json> => {
    const value = read.get(sha256) ?? readValue(blobs, blobKey(place, sha256));
    read.set(sha256, value);
    return value;
  };
  const restored: RunEvent[] = [];
  for (const { blobs: fields, ...event } of events) {
    if (fields === undefined) {
      restored.push(event);
      continue;
    }
    const data: Record<string, unknown> = { ...event.data };
    for (const field of fields) data[field] = await valueOf(data[field] as BlobReference);
    restored.push({ ...event, data } as unknown as RunEvent);
  }
  return restored;
};

const readValue = async (blobs: BlobStore | undefined, key: string): Promise<Json> => {
  const bytes = await blobs?.get(key);
  if (bytes !== undefined) return JSON.parse(Buffer.from(bytes).toString()) as Json;
  throw new PlatformError({
    code: 'IA_BLOB_MISSING',
    message: `A large value of the run is not in blob storage: ${key}.`,
    hint: 'Check that IA_BLOB_URL names the storage that the run was written with.',
    fault: 'infra',
  });
};
