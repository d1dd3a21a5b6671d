import { isTerminal, type RunEvent } from '@ia-modules/engine';
import { expandChunk, type StoredEvent } from '@ia-modules/runtime-postgres';
import type { Gap } from '../runs/log-page.ts';
import type { FeedPage, FeedSource, Placed } from './feed-source.ts';
import type { Place } from './place.ts';
import { type ChunkRow, pagesOfChunks, readChunksSql } from './run-chunks.ts';

/** What a subscriber of a run's events gets. */
export type RunEventItem = RunEvent | Gap;

const READ = readChunksSql({ name: 'run_event_chunks', column: 'events', lastSeq: 'run.last_seq' });
const TERMINAL_EVENTS: ReadonlySet<string> = new Set(['run_succeeded', 'run_failed', 'run_canceled']);

export const isGap = (item: object): item is Gap => !('seq' in item);

/** The log of a run: places are sequence numbers, and what was pruned is a gap. */
export const runEventSource: FeedSource<RunEventItem> = {
  name: 'runEvents',
  permission: 'run.read',
  isLast: (item) => !isGap(item) && TERMINAL_EVENTS.has(item.type),
  read: (client, wishes) => pagesOfChunks({ client, sql: READ, wishes }, toPage),
};

/** One snapshot has the run and its events: of a run that is over, nothing is missing but what was pruned. */
const toPage = (rows: readonly ChunkRow[], [after]: Place): FeedPage<RunEventItem> => {
  const items: Placed<RunEventItem>[] = [];
  let seq = after;
  const add = (item: RunEventItem, last: number, bytes: number): void => {
    items.push({ place: [last, 0], item, bytes });
    seq = last;
  };
  for (const { runId, firstSeq, size, content } of rows) {
    if (firstSeq === null || content === null) continue;
    const bytes = (size ?? 0) / Math.max(1, content.length);
    for (const event of expandChunk(runId, firstSeq, content as readonly StoredEvent[])) {
      if (event.seq <= seq) continue;
      if (event.seq > seq + 1) add({ from: seq + 1, to: event.seq - 1 }, event.seq - 1, 0);
      add(event, event.seq, bytes);
    }
  }
  const { status, lastSeq } = rows[0] ?? { status: 'pending', lastSeq: 0 };
  const isEmpty = items.length === 0;
  // The log was pruned: what is missing does not come any more.
  if (isEmpty && isTerminal(status) && seq < lastSeq) add({ from: seq + 1, to: lastSeq }, lastSeq, 0);
  const hasMore = seq < lastSeq && !isEmpty;
  return { items, end: [seq, 0], hasMore, isOver: isTerminal(status) && seq >= lastSeq, isHeldBack: false };
};
