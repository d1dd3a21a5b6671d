import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { BlobStore } from '@ia-modules/blobs';
import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import type { StoredLine } from '../lines/stored-line.ts';
import type { RunReference } from '../run/run-store.ts';

const CHUNKS_PER_READ = 20;
const READ_CHUNKS = `select first_seq::float8 as "firstSeq", lines from run_log_chunks
  where run_id = $1 and first_seq > $2 order by first_seq limit ${CHUNKS_PER_READ}`;

type Chunk = { readonly firstSeq: number; readonly lines: readonly StoredLine[] };

/** Where what a run's attempts wrote is archived: beside its log. */
export const archivedLinesKey = ({ tenantId, runId }: RunReference): string =>
  `${tenantId}/archive/${runId}.lines.ndjson.gz`;

/** Writes the log lines of an ended run to blob storage, one a line, gzipped; nothing for a run without lines. */
export const archiveLines = async (pool: Pool, blobs: BlobStore, run: RunReference): Promise<void> => {
  const first = await readChunks(pool, run, 0);
  if (first.length === 0) return;
  const packed = await pipeline(readTexts(pool, run, first), createGzip(), (zipped) => buffer(zipped));
  await blobs.put(archivedLinesKey(run), packed);
};

async function* readTexts(pool: Pool, run: RunReference, first: readonly Chunk[]): AsyncGenerator<string, void> {
  let chunks = first;
  while (chunks.length > 0) {
    for (const { firstSeq, lines } of chunks) {
      yield lines.map((line, place) => `${JSON.stringify({ seq: firstSeq + place, ...line })}\n`).join('');
    }
    chunks = await readChunks(pool, run, chunks.at(-1)?.firstSeq ?? 0);
  }
}

const readChunks = (pool: Pool, { tenantId, runId }: RunReference, after: number): Promise<readonly Chunk[]> =>
  withTenants(pool, [tenantId], async (client) => (await client.query<Chunk>(READ_CHUNKS, [runId, after])).rows);
