import { isTerminal, type RunEvent, type Status } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { notFound, requireAccess, unauthenticated } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { ValueBudget } from '../value-budget.ts';
import { type Gap, pageOfLog } from './log-page.ts';

export type FeedItem =
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'gap'; readonly gap: Gap };

const PAGE_EVENTS = 200;
/** How often a quiet subscriber's right to listen is checked. */
const ACCESS_CHECK_MS = 2_000;

const TERMINAL_EVENTS: ReadonlySet<string> = new Set(['run_succeeded', 'run_failed', 'run_canceled']);

/** `endSeq` is the last event that there ever was, once the run has ended. */
type LogPage = { readonly events: readonly RunEvent[]; readonly endSeq: number | null };

/** The status is read first: a run that was over then has no event that the second statement misses. */
const readLogPage = async (client: PoolClient, runId: string, afterSeq: number): Promise<LogPage | null> => {
  const { rows } = await client.query<{ status: Status; lastSeq: number }>(
    'select status, last_seq::float8 as "lastSeq" from runs where id = $1::uuid',
    [runId],
  );
  const [run] = rows;
  if (run === undefined) return null;
  const page = { list: '', limit: PAGE_EVENTS - 1, isBackward: false, after: [runId, afterSeq], before: null };
  const events = (await pageOfLog(client, { runIds: [runId], page, budget: new ValueBudget() })).get(runId) ?? [];
  return { events, endSeq: isTerminal(run.status) ? run.lastSeq : null };
};

type FeedRequest = {
  readonly context: ApiContext;
  readonly tenantId: string;
  readonly runId: string;
  readonly afterSeq: number;
};

async function* feed(request: FeedRequest, signal: AbortSignal): AsyncGenerator<FeedItem, void> {
  const { context, tenantId, runId } = request;
  // Before the first read, so that nothing falls between what is stored and what comes live.
  const watch = context.services.wakeups.watch(runId);
  let seq = request.afterSeq;
  try {
    while (!signal.aborted) {
      const page = await context.session.read(tenantId, 'run.read', (client) => readLogPage(client, runId, seq));
      await context.session.close();
      if (page === null) throw notFound();
      for (const event of page.events) {
        if (event.seq > seq + 1) yield { kind: 'gap', gap: { from: seq + 1, to: event.seq - 1 } };
        seq = event.seq;
        yield { kind: 'event', event };
        if (TERMINAL_EVENTS.has(event.type)) return;
      }
      if (page.endSeq !== null) {
        if (seq >= page.endSeq) return;
        if (page.events.length > 0) continue;
        // The log was pruned: what is missing does not come any more.
        yield { kind: 'gap', gap: { from: seq + 1, to: page.endSeq } };
        return;
      }
      if (page.events.length < PAGE_EVENTS) await waitForMore(request, watch, signal);
    }
  } finally {
    watch.stop();
  }
}

const waitForMore = async (
  { context, tenantId }: FeedRequest,
  watch: ReturnType<ApiContext['services']['wakeups']['watch']>,
  signal: AbortSignal,
): Promise<void> => {
  let hasGrown = false;
  while (!hasGrown && !signal.aborted) {
    hasGrown = await watch.wait(ACCESS_CHECK_MS, signal);
    const principal = await context.refreshPrincipal();
    if (principal === null) throw unauthenticated();
    requireAccess(principal, tenantId, 'run.read');
  }
};

/**
 * The events of a run behind a cursor: stored ones first, then live, in order, once each, until the event that ends the
 * run. Ending the iteration also ends a wait for the next event at once.
 */
export const openRunFeed = (request: FeedRequest): AsyncIterableIterator<FeedItem> => {
  const stopped = new AbortController();
  const items = feed(request, stopped.signal);
  return {
    next: () => items.next(),
    return: () => {
      stopped.abort();
      return items.return();
    },
    throw: (error: unknown) => {
      stopped.abort();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
