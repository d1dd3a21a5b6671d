import type { ClientBase, QueryResult } from 'pg';
import { inTransaction } from '../database/database-connection.ts';
import { fenceQuery, requireFence } from '../lease/fence.ts';
import type { Lease } from '../lease/lease.ts';
import type { RunReference } from '../run/run-store.ts';
import type { StoredLine } from './stored-line.ts';

/** How far the stored lines of a run have come. */
export type LinePosition = { readonly seq: number; readonly bytes: number };

/** Consecutive lines of one run; the first follows `after`. */
export type LineAppend = RunReference & { readonly after: number; readonly lines: readonly StoredLine[] };

const MAX_LINES_PER_CHUNK = 500;
const MAX_CHUNK_CHARS = 256 * 1_024;

const READ_POSITIONS = `select run.id as "runId", coalesce(max(chunk.last_seq), 0)::float8 as seq,
    coalesce(sum(octet_length(chunk.lines::text)), 0)::float8 as bytes
  from unnest($1::uuid[]) as run (id) left join run_log_chunks chunk on chunk.run_id = run.id
  group by run.id`;

const WRITE_LINES = `with chunks as (
    insert into run_log_chunks (tenant_id, run_id, first_seq, last_seq, lines)
    select tenant_id, run_id, first_seq, last_seq, lines::json
    from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[])
      as chunk (tenant_id, run_id, first_seq, last_seq, lines)
  )
  select count(pg_notify('run_logs', payload)) from unnest($6::text[]) as payload`;

/** Reads where the lines of runs end, under the fence. */
export const readLinePositions = (
  client: ClientBase,
  lease: Lease,
  runs: readonly RunReference[],
): Promise<ReadonlyMap<string, LinePosition>> =>
  underFence({ client, lease, runs }, async () => {
    const { rows } = await client.query<RunReference & LinePosition>(READ_POSITIONS, [runs.map(({ runId }) => runId)]);
    return new Map(rows.map(({ runId, seq, bytes }) => [runId, { seq, bytes }]));
  });

/**
 * Writes lines of many runs in one statement, with one notification a run; says how many bytes each run's took.
 * @throws PlatformError IA_RUNTIME_LEASE_LOST when another holder has the lease; nothing is written then
 */
export const writeLines = (
  client: ClientBase,
  lease: Lease,
  appends: readonly LineAppend[],
): Promise<ReadonlyMap<string, number>> =>
  underFence({ client, lease, runs: appends }, async () => {
    const chunks = appends.flatMap(toChunks);
    await client.query(WRITE_LINES, [
      chunks.map(({ tenantId }) => tenantId),
      chunks.map(({ runId }) => runId),
      chunks.map(({ firstSeq }) => firstSeq),
      chunks.map(({ lastSeq }) => lastSeq),
      chunks.map(({ text }) => text),
      appends.map(({ tenantId, runId, after, lines }) => `${tenantId}:${runId}:${after + lines.length}`),
    ]);
    const bytes = new Map<string, number>();
    for (const { runId, text } of chunks) bytes.set(runId, (bytes.get(runId) ?? 0) + Buffer.byteLength(text));
    return bytes;
  });

type Fenced = { readonly client: ClientBase; readonly lease: Lease; readonly runs: readonly RunReference[] };

const underFence = <T>({ client, lease, runs }: Fenced, work: () => Promise<T>): Promise<T> =>
  inTransaction(client, async () => {
    const fence: QueryResult = await client.query(
      fenceQuery(
        lease,
        runs.map(({ tenantId }) => tenantId),
      ),
    );
    requireFence(lease, fence);
    return work();
  });

type Chunk = RunReference & { readonly firstSeq: number; readonly lastSeq: number; readonly text: string };

/** Small enough for a reader of a page. */
const toChunks = ({ tenantId, runId, after, lines }: LineAppend): Chunk[] => {
  const chunks: Chunk[] = [];
  let texts: string[] = [];
  let chars = 0;
  let seq = after;
  const close = (): void => {
    if (texts.length === 0) return;
    chunks.push({ tenantId, runId, firstSeq: seq - texts.length + 1, lastSeq: seq, text: `[${texts.join(',')}]` });
    texts = [];
    chars = 0;
  };
  for (const line of lines) {
    const text = JSON.stringify(line);
    if (texts.length >= MAX_LINES_PER_CHUNK || chars + text.length > MAX_CHUNK_CHARS) close();
    texts.push(text);
    chars += text.length;
    seq += 1;
  }
  close();
  return chunks;
};
