import type { RunEvent } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expandChunk, type StoredEvent } from '@ia-modules/runtime-postgres';
import { type CursorKey, decodeCursor, type Page, type PageArguments, parsePage } from '../page.ts';
import type { ValueBudget } from '../value-budget.ts';
import type { RunRow } from './run-rows.ts';

export const EVENT_LIST = 'events';

/** Event cursors name their run: one of another run is refused. */
export const eventCursorKey = (event: RunEvent): CursorKey => [event.runId, event.seq];

/** Selects chunks and how many bytes they take together; when that is more than the parameter allows, without events. */
const sizedSql = (chunks: string, budgetParameter: number): string => `
  select run_id as "runId", first_seq::float8 as "firstSeq", size,
    case when size <= $${budgetParameter}::float8 then events end as events
  from (
    select run_id, first_seq, events, (sum(octet_length(events::text)) over ())::float8 as size from (${chunks}) chunks
  ) sized
  order by run_id, first_seq`;

const chunksSql = (nearest: string, reach: string): string =>
  sizedSql(
    `
  select chunk.run_id, chunk.first_seq, chunk.events from unnest($1::uuid[]) as run (id)
  cross join lateral (
    select ${nearest} as seq from run_event_chunks c
    where c.run_id = run.id and c.last_seq > $2::bigint and c.first_seq < $3::bigint
  ) edge
  join run_event_chunks chunk on chunk.run_id = run.id and chunk.last_seq > $2::bigint and chunk.first_seq < $3::bigint
    and ${reach}`,
    5,
  );

const FORWARD_CHUNKS = chunksSql(
  'greatest(min(c.first_seq), $2::bigint + 1)',
  'chunk.first_seq <= edge.seq + $4::bigint',
);
const BACKWARD_CHUNKS = chunksSql('least(max(c.last_seq), $3::bigint - 1)', 'chunk.last_seq >= edge.seq - $4::bigint');

type SeqBounds = { readonly after: number; readonly before: number };

const boundsOf = (page: Page, runId: string): SeqBounds => ({
  after: seqOf(page.after, runId) ?? 0,
  before: seqOf(page.before, runId) ?? Number.MAX_SAFE_INTEGER,
});

const seqOf = (key: CursorKey | null, runId: string): number | null =>
  key === null || key[0] !== runId ? null : Number(key[1]);

type Chunk = { readonly runId: string; readonly firstSeq: number; readonly events: readonly StoredEvent[] };

const collect = (runIds: readonly string[], chunks: readonly Chunk[]): Map<string, RunEvent[]> => {
  const logs = new Map<string, RunEvent[]>(runIds.map((runId) => [runId, []]));
  for (const { runId, firstSeq, events } of chunks) {
    const log = logs.get(runId);
    for (const event of expandChunk(runId, firstSeq, events)) log?.push(event);
  }
  return logs;
};

type SizedChunk = Chunk & { readonly size: number };

type LogPageRequest = { readonly runIds: readonly string[]; readonly page: Page; readonly budget: ValueBudget };

/** A page of the logs of many runs in one statement, each at most `limit + 1` events in reading direction. */
export const pageOfLog = async (
  client: PoolClient,
  { runIds, page, budget }: LogPageRequest,
): Promise<ReadonlyMap<string, readonly RunEvent[]>> => {
  const [firstRun = ''] = runIds;
  const { after, before } = boundsOf(page, firstRun);
  const sql = page.isBackward ? BACKWARD_CHUNKS : FORWARD_CHUNKS;
  const { rows } = await client.query<SizedChunk>(sql, [runIds, after, before, page.limit, budget.leftBytes]);
  budget.spend(rows[0]?.size ?? 0);
  const pages = new Map<string, RunEvent[]>();
  for (const [runId, log] of collect(runIds, rows)) pages.set(runId, cutPage(log, page, firstRun));
  return pages;
};

const cutPage = (log: readonly RunEvent[], page: Page, runId: string): RunEvent[] => {
  const { after, before } = boundsOf(page, runId);
  const visible = log.filter(({ seq }) => seq > after && seq < before);
  if (page.isBackward) visible.reverse();
  return visible.slice(0, page.limit + 1);
};

/** A page of a log that is in memory, at most `limit + 1` events in reading direction. */
export const pageOfEvents = (runId: string, log: readonly RunEvent[], page: Page): readonly RunEvent[] =>
  cutPage(log, page, runId);

export type Gap = { readonly from: number; readonly to: number };

/** What a page of a run's log can't show, as it was pruned; null when nothing is missing. */
export const gapOfPage = (run: Pick<RunRow, 'id' | 'lastSeq' | 'prunedAt'>, page: Page): Gap | null => {
  if (run.prunedAt === null) return null;
  const { after, before } = boundsOf(page, run.id);
  const gap = { from: after + 1, to: Math.min(run.lastSeq, before - 1) };
  return gap.from <= gap.to ? gap : null;
};

const WHOLE_LOGS = sizedSql('select run_id, first_seq, events from run_event_chunks where run_id = any($1::uuid[])', 2);

/** The whole logs of many runs in one statement. */
export const readLogs = async (
  client: PoolClient,
  runIds: readonly string[],
  budget: ValueBudget,
): Promise<ReadonlyMap<string, readonly RunEvent[]>> => {
  const { rows } = await client.query<SizedChunk>(WHOLE_LOGS, [runIds, budget.leftBytes]);
  budget.spend(rows[0]?.size ?? 0);
  return collect(runIds, rows);
};

/** @throws PlatformError IA_API_INVALID also for the cursor of another run. */
export const parseLogPage = (runId: string, args: PageArguments): Page => {
  const page = parsePage(EVENT_LIST, args, 2);
  for (const key of [page.after, page.before]) if (key !== null) seqOfKey(runId, key);
  return page;
};

/** The sequence number that a subscription continues behind; 0 without a cursor. */
export const parseEventCursor = (runId: string, cursor: string | null | undefined): number =>
  typeof cursor === 'string' ? seqOfKey(runId, decodeCursor(EVENT_LIST, cursor, 2)) : 0;

export const seqOfKey = (runId: string, [cursorRunId, seq]: CursorKey): number => {
  if (cursorRunId === runId && typeof seq === 'number' && seq >= 0) return seq;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: 'This cursor belongs to another run.',
    hint: 'Pass the cursor of an event of the same run.',
  });
};
