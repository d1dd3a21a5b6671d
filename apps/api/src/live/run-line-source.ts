import { isTerminal } from '@ia-modules/engine';
import { MAX_LINES_PER_RUN, type StoredLine } from '@ia-modules/runtime-postgres';
import type { Gap } from '../runs/log-page.ts';
import type { RunLine } from '../runs/run-lines.ts';
import type { FeedPage, FeedSource, Placed } from './feed-source.ts';
import type { Place } from './place.ts';
import { type ChunkRow, pagesOfChunks, readChunksSql } from './run-chunks.ts';
import { isGap } from './run-event-source.ts';

/** What a subscriber of a run's log lines gets. */
export type RunLineItem = RunLine | Gap;

const LAST_LINE = `coalesce((select last_seq from run_log_chunks last where last.run_id = run.id
    order by last.first_seq desc limit 1), 0)`;
const READ = readChunksSql({ name: 'run_log_chunks', column: 'lines', lastSeq: LAST_LINE });

/** What a run's attempts wrote: complete when the run has ended. */
export const runLineSource: FeedSource<RunLineItem> = {
  name: 'runLogs',
  permission: 'run.read',
  read: (client, wishes) => pagesOfChunks({ client, sql: READ, wishes }, toPage),
  coalesce: (items) => dropOldProgress(items),
};

const toPage = (rows: readonly ChunkRow[], [after]: Place): FeedPage<RunLineItem> => {
  const items: Placed<RunLineItem>[] = [];
  let seq = after;
  for (const { runId, firstSeq, size, content } of rows) {
    if (firstSeq === null || content === null) continue;
    const bytes = (size ?? 0) / Math.max(1, content.length);
    (content as readonly StoredLine[]).forEach((line, place) => {
      if (firstSeq + place <= seq) return;
      seq = firstSeq + place;
      items.push({ place: [seq, 0], item: { ...line, runId, seq }, bytes });
    });
  }
  const { status = 'pending', isPruned = false, lastSeq = 0 } = rows[0] ?? {};
  // Nobody knows how many there were.
  if (isPruned && items.length === 0 && seq <= MAX_LINES_PER_RUN) {
    const gap = { from: seq + 1, to: MAX_LINES_PER_RUN + 1 };
    seq = gap.to;
    items.push({ place: [seq, 0], item: gap, bytes: 0 });
  }
  const hasMore = seq < lastSeq;
  return { items, end: [seq, 0], hasMore, isOver: isTerminal(status) && !hasMore, isHeldBack: false };
};

/** Of several reports of progress of one attempt, the last one. */
const dropOldProgress = (items: readonly Placed<RunLineItem>[]): readonly Placed<RunLineItem>[] => {
  const latest = new Map<string, RunLineItem>();
  for (const { item } of items) if (isProgress(item)) latest.set(attemptOf(item), item);
  return latest.size === 0
    ? items
    : items.filter(({ item }) => !isProgress(item) || latest.get(attemptOf(item)) === item);
};

const isProgress = (item: RunLineItem): item is RunLine => !isGap(item) && item.level === 'progress';

const attemptOf = ({ stepId, iteration, index, part, attempt }: RunLine): string =>
  JSON.stringify([stepId, iteration, index, part, attempt]);
