import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { BlobStore } from '@ia-modules/blobs';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import { archiveKeyOf } from './archived-log.ts';

const CHUNKS_PER_READ = 50;

/** The events' own texts: nothing is parsed here. */
const READ_CHUNKS = `select chunk.first_seq::float8 as "firstSeq", chunk.last_seq::float8 as "lastSeq",
    (select array_agg(event::text order by place) from json_array_elements(chunk.events) with ordinality as e (event, place))
      as events
  from run_event_chunks chunk where chunk.run_id = $1 and chunk.first_seq > $2 order by chunk.first_seq
  limit ${CHUNKS_PER_READ}`;

type Chunk = { readonly firstSeq: number; readonly lastSeq: number; readonly events: readonly string[] };

export type LogToArchive = { readonly tenantId: string; readonly runId: string; readonly lastSeq: number };

/**
 * Writes the whole log of an ended run to blob storage, one event a line, gzipped; once more is the same. Returns its key,
 * or null for a run without events.
 * @throws PlatformError IA_RUNTIME_LOG_CONFLICT, before anything is written, when the log is not there from end to end
 */
export const archiveLog = async (pool: Pool, blobs: BlobStore, log: LogToArchive): Promise<string | null> => {
  if (log.lastSeq === 0) return null;
  const packed = await pipeline(readLines(pool, log), createGzip(), (zipped) => buffer(zipped));
  const key = archiveKeyOf(log.tenantId, log.runId);
  await blobs.put(key, packed);
  return key;
};

async function* readLines(pool: Pool, log: LogToArchive): AsyncGenerator<string, void> {
  let seq = 0;
  for (;;) {
    const chunks = await readChunks(pool, log, seq);
    for (const { firstSeq, lastSeq, events } of chunks) {
      if (firstSeq !== seq + 1) throw incomplete(log);
      yield events.map((event, place) => toLine(log.runId, firstSeq + place, event)).join('');
      seq = lastSeq;
    }
    if (chunks.length === 0) break;
  }
  // Another process may just have pruned it: a part of a log must not take the place of the whole.
  if (seq !== log.lastSeq) throw incomplete(log);
}

const readChunks = (pool: Pool, { tenantId, runId }: LogToArchive, after: number): Promise<readonly Chunk[]> =>
  withTenants(pool, [tenantId], async (client) => (await client.query<Chunk>(READ_CHUNKS, [runId, after])).rows);

/** A stored event has a type at least, so that a comma fits. */
const toLine = (runId: string, seq: number, event: string): string =>
  `{"runId":"${runId}","seq":${seq},${event.slice(1)}\n`;

const incomplete = ({ runId }: LogToArchive): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_LOG_CONFLICT',
    message: `The log of run ${runId} is not there from end to end, and was not archived.`,
    fault: 'infra',
    disposition: 'retry',
  });
