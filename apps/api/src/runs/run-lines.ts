import type { StoredLine } from '@ia-modules/runtime-postgres';
import type { PoolClient } from 'pg';
import { type CursorKey, decodeCursor, type Page, type PageArguments, parsePage } from '../page.ts';
import type { ValueBudget } from '../value-budget.ts';
import { seqOfKey } from './log-page.ts';

export const LINE_LIST = 'lines';

/** A line that an attempt of a run wrote. */
export type RunLine = StoredLine & { readonly runId: string; readonly seq: number };

/** Line cursors name their run: one of another run is refused. */
export const lineCursorKey = ({ runId, seq }: RunLine): CursorKey => [runId, seq];

export type LineFilter = { readonly levels: readonly StoredLine['level'][] | null; readonly stepId: string | null };

/** @throws PlatformError IA_API_INVALID also for the cursor of another run. */
export const parseLinePage = (runId: string, args: PageArguments): Page => {
  const page = parsePage(LINE_LIST, args, 2);
  for (const key of [page.after, page.before]) if (key !== null) seqOfKey(runId, key);
  return page;
};

/** The number of the line that a subscription continues behind; 0 without a cursor. */
export const parseLineCursor = (runId: string, cursor: string | null | undefined): number =>
  typeof cursor === 'string' ? seqOfKey(runId, decodeCursor(LINE_LIST, cursor, 2)) : 0;

const listSql = ({ isBackward, limit }: Page): string => {
  const direction = isBackward ? 'desc' : 'asc';
  return `select seq::float8 as seq, line from (
      select chunk.first_seq + e.place - 1 as seq, e.line from run_log_chunks chunk
      cross join lateral json_array_elements(chunk.lines) with ordinality as e (line, place)
      where chunk.run_id = $1 and chunk.last_seq > $2 and chunk.first_seq < $3
    ) lines
    where seq > $2 and seq < $3 and ($4::text[] is null or line ->> 'level' = any($4))
      and ($5::text is null or line ->> 'stepId' = $5)
    order by seq ${direction} limit ${limit + 1}`;
};

export type LinePage = { readonly runId: string; readonly page: Page; readonly filter: LineFilter };

/** A page of a run's lines, at most `limit + 1` in reading direction. A run has no more than 4 MiB of them. */
export const pageOfLines = async (
  client: PoolClient,
  { runId, page, filter }: LinePage,
  budget: ValueBudget,
): Promise<readonly RunLine[]> => {
  const after = page.after === null ? 0 : seqOfKey(runId, page.after);
  const before = page.before === null ? Number.MAX_SAFE_INTEGER : seqOfKey(runId, page.before);
  const values = [runId, after, before, filter.levels, filter.stepId];
  const { rows } = await client.query<{ seq: number; line: StoredLine }>(listSql(page), values);
  budget.spend(rows.reduce((bytes, { line }) => bytes + line.message.length, 0));
  return rows.map(({ seq, line }) => ({ ...line, runId, seq }));
};
