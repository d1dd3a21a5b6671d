import type { Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import type { FeedPage, FeedWish } from './feed-source.ts';
import { AT_START, type Place } from './place.ts';

/** Chunks with `first_seq` and `last_seq` of runs, and the column with what is in them. */
export type ChunkTable = {
  readonly name: 'run_event_chunks' | 'run_log_chunks';
  readonly column: 'events' | 'lines';
  /** The last number that there is, of `run`. */
  readonly lastSeq: string;
};

/** Of one run in one read: at least one chunk, and no more than so many, or so many bytes. */
const MAX_CHUNKS = 64;
const MAX_BYTES = 512 * 1_024;

/**
 * Selects the runs, each with its chunks behind a sequence number. The chunk that holds the next one is found by key, so
 * that a long log costs no more than a short one.
 */
export const readChunksSql = ({ name, column, lastSeq }: ChunkTable): string => `
  select run.id as "runId", run.status, (${lastSeq})::float8 as "lastSeq", run.pruned_at is not null as "isPruned",
    chunk.first_seq::float8 as "firstSeq", chunk.size::float8 as size, chunk.content
  from unnest($1::uuid[], $2::bigint[]) as wish (id, after)
  join runs run on run.id = wish.id
  left join lateral (
    select first_seq, size, content from (
      select first_seq, size, content, sum(size) over (order by first_seq) as total,
        row_number() over (order by first_seq) as place
      from (
        select c.first_seq, c.${column} as content, octet_length(c.${column}::text) as size from ${name} c
        where c.run_id = wish.id and c.last_seq > wish.after and c.first_seq >= coalesce((
          select max(holder.first_seq) from ${name} holder
          where holder.run_id = wish.id and holder.first_seq <= wish.after + 1), 0)
        order by c.first_seq limit ${MAX_CHUNKS}
      ) next
    ) sized
    where total <= ${MAX_BYTES} or place = 1
  ) chunk on true
  order by run.id, chunk.first_seq`;

/** A run with one of its chunks, or without any; the content is what the worker wrote. */
export type ChunkRow = {
  readonly runId: string;
  readonly status: Status;
  readonly lastSeq: number;
  readonly isPruned: boolean;
  readonly firstSeq: number | null;
  readonly size: number | null;
  readonly content: readonly unknown[] | null;
};

type ChunkRead = { readonly client: PoolClient; readonly sql: string; readonly wishes: readonly FeedWish[] };

/** Runs the query for many runs and makes a page of each one's rows. */
export const pagesOfChunks = async <T>(
  { client, sql, wishes }: ChunkRead,
  toPage: (rows: readonly ChunkRow[], after: Place) => FeedPage<T>,
): Promise<ReadonlyMap<string, FeedPage<T>>> => {
  const values = [wishes.map(({ id }) => id), wishes.map(({ after: [seq] }) => seq)];
  const { rows } = await client.query<ChunkRow>(sql, values);
  const places = new Map(wishes.map(({ id, after }) => [id, after]));
  const pages = new Map<string, FeedPage<T>>();
  for (const [runId, group] of Map.groupBy(rows, (row) => row.runId)) {
    pages.set(runId, toPage(group, places.get(runId) ?? AT_START));
  }
  return pages;
};
