import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { BlobStore } from '@ia-modules/blobs';
import type { ExportFile } from './export-manifest.ts';

const compress = promisify(gzip);

/** Of lines before they are packed: what is held in memory at most, besides one line. */
const PART_CHARS = 4 * 1_024 * 1_024;

type FileInit = {
  readonly blobs: BlobStore;
  /** What the keys of the parts begin with. */
  readonly prefix: string;
  readonly table: string;
  readonly lines: AsyncIterable<string>;
};

/** Writes lines as one gzipped file in parts: gzip streams one behind the other are a gzip stream. */
export const writeExportFile = async ({ blobs, prefix, table, lines }: FileInit): Promise<ExportFile> => {
  const hash = createHash('sha256');
  const parts: string[] = [];
  let [rows, sizeBytes, heldChars] = [0, 0, 0];
  let held: string[] = [];

  const flush = async (): Promise<void> => {
    const packed = await compress(held.join(''));
    const key = `${prefix}/${table}/${String(parts.length).padStart(6, '0')}.gz`;
    await blobs.put(key, packed);
    hash.update(packed);
    parts.push(key);
    sizeBytes += packed.byteLength;
    heldChars = 0;
    held = [];
  };

  for await (const line of lines) {
    held.push(line, '\n');
    rows += 1;
    heldChars += line.length;
    if (heldChars >= PART_CHARS) await flush();
  }
  // A table without rows is a file as well.
  if (held.length > 0 || parts.length === 0) await flush();
  return { name: `${table}.jsonl.gz`, rows, sizeBytes, sha256: hash.digest('hex'), parts };
};
