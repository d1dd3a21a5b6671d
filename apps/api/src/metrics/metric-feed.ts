import type { ApiContext } from '../context.ts';
import type { FeedPage, FeedSource, FeedWish, Placed } from '../live/feed-source.ts';
import { openFeed } from '../live/open-feed.ts';
import type { Place } from '../live/place.ts';
import type { MetricQuery } from './metric-query.ts';
import { type MetricCell, readMetricCells } from './metric-rows.ts';
import { type MetricSeries, toMetricSeries } from './metric-series.ts';

/** The figures of one minute as they are now: series of one point each. */
export type MetricUpdate = { readonly at: Date; readonly series: readonly MetricSeries[] };

/** Whom figures are followed of. */
export type MetricWish = Pick<
  MetricQuery,
  'tenantId' | 'subject' | 'groupBy' | 'pipelineId' | 'stepId' | 'status' | 'maxSeries'
>;

const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;
const BEAT_MS = 1_000;
const ITEM_BYTES = 2_000;

/** How far back `after` may lie. */
export const MAX_MINUTES_BACK = 120;

/**
 * Figures by the minute. A feed's id says what is asked for, so that all who ask for the same read once. A place is a minute
 * and how many ends it has: it only grows, also while the minute lasts.
 */
const metricSource: FeedSource<MetricUpdate> = {
  name: 'metrics',
  permission: 'metric.read',
  read: async (client, wishes) => {
    const pages = new Map<string, FeedPage<MetricUpdate>>();
    for (const wish of wishes) {
      const query = toQuery(wish);
      pages.set(wish.id, toPage(query, wish, await readMetricCells(client, query)));
    }
    return pages;
  },
};

const toQuery = ({ id, after: [minuteMs] }: FeedWish): MetricQuery => {
  const nowMs = Date.now();
  const fromMs = Math.max(minuteMs, nowMs - MAX_MINUTES_BACK * MINUTE_MS);
  return {
    ...(JSON.parse(id) as MetricWish),
    from: new Date(Math.floor(fromMs / MINUTE_MS) * MINUTE_MS),
    // Clocks of worker and API differ a little.
    to: new Date(nowMs + MINUTE_MS),
    stepSeconds: MINUTE_SECONDS,
    rowSeconds: MINUTE_SECONDS,
    fillsEmpty: false,
  };
};

const toPage = (query: MetricQuery, { after }: FeedWish, cells: readonly MetricCell[]): FeedPage<MetricUpdate> => {
  const minutes = [...Map.groupBy(cells, ({ at }) => at.getTime())].toSorted(([a], [b]) => a - b);
  const nowMs = Date.now();
  const items = minutes.flatMap(([minuteMs, found]): Placed<MetricUpdate>[] => {
    const ends = found.reduce((sum, { count }) => sum + count, 0);
    if (minuteMs < after[0] || (minuteMs === after[0] && ends <= after[1])) return [];
    const update = { at: new Date(minuteMs), series: toMetricSeries(query, found, nowMs) };
    return [{ place: [minuteMs, ends], item: update, bytes: ITEM_BYTES }];
  });
  return { items, end: items.at(-1)?.place ?? after, hasMore: false, isOver: false, isHeldBack: false };
};

/**
 * The figures of each minute from `sinceMs` on, and again when they have changed, at most once a second. Whoever asks last
 * for the same shares the reads of those before.
 */
export const followMetrics = async (
  context: ApiContext,
  wish: MetricWish,
  sinceMs: number,
): Promise<AsyncIterableIterator<MetricUpdate>> => {
  const { live } = context.services;
  const { hub } = live;
  const key = { tenantId: wish.tenantId, id: JSON.stringify(wish) };
  const after: Place = [Math.floor(sinceMs / MINUTE_MS) * MINUTE_MS, 0];
  const updates = await openFeed({ context, source: metricSource, key, after });
  const topic = hub.join(metricSource, key);
  const beats = live.every(BEAT_MS);
  const beating = (async (): Promise<void> => {
    while ((await beats.next()).done !== true) hub.wake(topic);
    hub.leave(topic);
  })();
  const end = async (): Promise<void> => {
    await beats.return?.();
    await beating;
  };
  const feed: AsyncIterableIterator<MetricUpdate> = {
    next: async () => {
      try {
        const next = await updates.next();
        if (next.done === true) await end();
        return next;
      } catch (error) {
        await end();
        throw error;
      }
    },
    return: async () => {
      await end();
      return (await updates.return?.()) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => feed,
  };
  return feed;
};
