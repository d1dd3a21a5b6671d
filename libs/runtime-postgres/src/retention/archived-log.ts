import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { BlobStore } from '@ia-modules/blobs';
import type { RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

const unzip = promisify(gunzip);

/** More than the log of one run may take: see the worker's IA_RUN_TOO_LARGE. */
const MAX_ARCHIVE_BYTES = 256 * 1_024 * 1_024;

export type ArchivedLog = {
  /** As they stood in the log, references to large values included: those stay in the storage beside the archive. */
  readonly events: readonly RunEvent[];
  /** What they take as text. */
  readonly bytes: number;
};

export type ArchiveBounds = {
  /** Of text, unpacked. @default 268435456 */
  readonly maxBytes?: number;
};

/** Where the log of a run is archived. */
export const archiveKeyOf = (tenantId: string, runId: string): string => `${tenantId}/archive/${runId}.ndjson.gz`;

/**
 * Reads the log of a run that was archived when it was pruned; undefined when there is no archive.
 * @throws PlatformError IA_RUN_TOO_LARGE when it takes more than `maxBytes`, IA_BLOB_CORRUPT when it can not be read
 */
export const readArchivedLog = async (
  blobs: BlobStore,
  key: string,
  { maxBytes = MAX_ARCHIVE_BYTES }: ArchiveBounds = {},
): Promise<ArchivedLog | undefined> => {
  const packed = await blobs.get(key);
  if (packed === undefined) return undefined;
  try {
    const text = await unzip(packed, { maxOutputLength: Math.max(maxBytes, 1) });
    return { events: parseLines(text.toString()), bytes: text.byteLength };
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxBytes, cause);
    throw damaged(key, cause);
  }
};

const parseLines = (text: string): RunEvent[] => {
  const events: RunEvent[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    if (end === -1) throw new SyntaxError('The last line has no end.');
    events.push(JSON.parse(text.slice(start, end)) as RunEvent);
    start = end + 1;
  }
  return events;
};

const tooLarge = (maxBytes: number, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_TOO_LARGE',
    message: `The archived log takes more than ${maxBytes} bytes.`,
    hint: 'Read its file in the blob storage: gzip, one event a line.',
    cause,
  });

const damaged = (key: string, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_BLOB_CORRUPT',
    message: `The archived log ${key} can not be read.`,
    hint: 'Restore the blob storage from a copy.',
    fault: 'infra',
    cause,
  });
