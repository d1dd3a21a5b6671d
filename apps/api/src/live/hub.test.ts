import type { Listener } from '@ia-modules/database';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FeedSource } from './feed-source.ts';
import { LiveHub } from './hub.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A hub whose database answers every statement at once, and one feed in which something is held back. */
const heldBack = () => {
  const client = { query: () => Promise.resolve({ rows: [] }), release: () => undefined };
  const hub = new LiveHub({
    pool: { connect: () => Promise.resolve(client) } as unknown as Pool,
    listener: {} as Listener,
    logger: pino({ level: 'silent' }),
  });
  let reads = 0;
  const source: FeedSource<never> = {
    name: 'held',
    permission: 'run.read',
    read: (_client, wishes) => {
      reads += 1;
      const page = { items: [], end: [1, 0] as const, hasMore: false, isOver: false, isHeldBack: true };
      return Promise.resolve(new Map(wishes.map(({ id }) => [id, page])));
    },
  };
  const topic = hub.join(source, { tenantId: 't', id: 'f' });
  topic.reach([1, 0], false);
  const readsWithin = async (ms: number): Promise<number> => {
    const before = reads;
    await vi.advanceTimersByTimeAsync(ms);
    return reads - before;
  };
  return { hub, topic, readsWithin };
};

test('what a transaction holds back is looked for once at a time, and less often while that goes on', async () => {
  const { hub, topic, readsWithin } = heldBack();
  for (let count = 0; count < 20; count += 1) {
    hub.wake(topic);
    await readsWithin(1);
  }
  const soon = await readsWithin(1_000);
  expect(soon).toBeGreaterThan(0);
  expect(soon).toBeLessThan(15);
  await readsWithin(5_000);
  expect(await readsWithin(6_400)).toBeLessThanOrEqual(10);
  hub.close();
  expect(await readsWithin(5_000)).toBe(0);
});
